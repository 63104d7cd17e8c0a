"""Everything about a customer in one ordered story, read from the events of all packages."""
