"""Orders, their lines, payments and refunds seen, parcels, and the intake of facts from every source."""
