"""The arithmetic of the numbers: no SQL and no clock; the formulas come from the definitions agreed for every metric."""
