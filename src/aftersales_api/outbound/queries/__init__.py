"""Every question outbound asks of the database."""
