"""Webhooks out: where shops want to hear of events, the frozen messages, their signed deliveries and every attempt."""
