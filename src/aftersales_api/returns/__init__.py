"""Goods that come back and money that goes back: returns, withdrawals, exchanges, delivery claims and refunds."""
