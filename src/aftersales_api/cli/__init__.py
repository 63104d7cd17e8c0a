"""The `aftersales` command: run it, migrate it, look after it."""
