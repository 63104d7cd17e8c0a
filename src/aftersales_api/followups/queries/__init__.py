"""What is asked of the tables of follow-ups, and of orders and customers on their behalf."""
