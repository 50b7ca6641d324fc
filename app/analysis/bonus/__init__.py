"""Bonus: the percentage that the quality of an agent's calls earns, by steps that a project sets."""
