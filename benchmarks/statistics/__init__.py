"""Measurements of pure numerics, on arrays."""
