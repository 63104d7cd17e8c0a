"""Wire forms of cases."""
