"""Who buys: customers from every source, guests, merges, what may be kept of them and what must be forgotten."""
