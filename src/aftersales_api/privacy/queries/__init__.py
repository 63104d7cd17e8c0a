"""All SQL of requests about somebody's data."""
