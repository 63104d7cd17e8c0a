"""What can be done with warranties, one function per verb."""
