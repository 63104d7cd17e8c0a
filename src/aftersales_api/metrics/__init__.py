"""Numbers about customers, read only: what they say, with the sample size, the interval and the name of the convention."""
