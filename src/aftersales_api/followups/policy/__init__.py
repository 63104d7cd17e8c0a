"""The rules of follow-ups, pure: what a flow may say, when a wait ends, who may enter, what a new version does to runs."""
