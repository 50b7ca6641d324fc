"""The report on error sources."""
