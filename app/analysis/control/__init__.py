"""Control charts: whether a metric stays within its limits over time, since when it changed, and what changed then."""
