"""The report on hold time."""
