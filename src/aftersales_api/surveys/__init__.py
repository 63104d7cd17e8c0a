"""Asking customers: surveys and their versions, invitations with one-time links, answers and their revisions, hosted pages."""
