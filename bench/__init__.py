"""Measurements beside their raw-driver limit in the same run; see bench/RESULTS.md."""
