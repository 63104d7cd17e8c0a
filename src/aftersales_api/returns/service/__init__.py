"""What can be done with returns, one function per verb; they lock in one order: order, then return."""
