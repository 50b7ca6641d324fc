"""Today: what a leader looks at in the morning, and where to act on it."""
