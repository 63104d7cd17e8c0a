"""Pure rules of reading what others send: tolerant values, carriers' words, keys."""
