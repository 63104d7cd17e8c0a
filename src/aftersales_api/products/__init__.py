"""A minimal catalogue: enough to help after the sale, no shop system."""
