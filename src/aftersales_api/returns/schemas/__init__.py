"""Returns, refunds, withdrawals, swaps and claims on the wire."""
