"""SQL of checks."""
