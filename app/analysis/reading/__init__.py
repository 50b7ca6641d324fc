"""The sample that a report reads, from roll-ups and from tables."""
