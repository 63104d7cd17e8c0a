"""Pure rules: what may come back, what it pays, when it is due. No SQL, no HTTP, no clock."""
