"""Support cases: what customers ask, who answers, by when it was promised, and every number explained."""
