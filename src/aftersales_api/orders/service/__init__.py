"""What can be done with orders: taking facts, upserts of back ends without webhooks, change requests, look-ups, erasure."""
