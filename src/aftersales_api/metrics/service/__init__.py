"""What several numbers need: the frame of time they count in, and the voices of customers."""
