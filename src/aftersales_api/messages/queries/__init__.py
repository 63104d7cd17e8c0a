"""What is asked of the tables of messages, each function named for its question."""
