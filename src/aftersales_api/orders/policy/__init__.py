"""What follows from what was seen of an order: pure rules, whatever the order of arrival."""
