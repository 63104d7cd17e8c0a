"""Pure rules of messages: may we say it now, what does it say, and what does a provider's answer mean."""
