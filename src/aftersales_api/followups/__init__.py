"""Follow-ups: after an event, wait, look again whether it is still wanted, and act; every run can be explained."""
