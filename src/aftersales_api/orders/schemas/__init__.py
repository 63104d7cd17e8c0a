"""Orders on the wire: what back ends send (`said`), what we answer (`shown`), wishes and the shopper's view (`asked`)."""
