"""Pure rules of outbound webhooks: when to try again, what an answer means, who wants what, what may be sent."""
