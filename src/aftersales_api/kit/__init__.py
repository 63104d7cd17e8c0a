"""Pure Python shared by all floors: no SQL, no HTTP, no wall clock but `clock`."""
