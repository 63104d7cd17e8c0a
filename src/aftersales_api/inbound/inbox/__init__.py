"""The inbox: accepting deliveries at once, and applying them afterwards."""
