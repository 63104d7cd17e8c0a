"""What the outside world tells us: connections, deliveries kept as they came, and the adapters that understand them."""
