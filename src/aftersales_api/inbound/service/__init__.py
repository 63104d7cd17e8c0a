"""What shops may ask of connections and deliveries."""
