"""What is asked of and written to the tables of returns, and the counters on the orders they stand on."""
