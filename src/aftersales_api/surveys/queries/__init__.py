"""Every question asked of the survey tables, named for what is wanted."""
