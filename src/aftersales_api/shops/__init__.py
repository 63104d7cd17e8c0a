"""Shops, their API keys and scopes, their zone, currency and languages, and the sandbox clock."""
