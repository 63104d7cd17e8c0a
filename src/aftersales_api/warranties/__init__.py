"""Warranties of physical units, claims under them, repairs of any goods, and appointments."""
