"""What we say to customers: templates, the contact policy, consent, senders and what became of each message."""
