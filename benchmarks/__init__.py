"""Measurements, each a ratio to a bare implementation in the same run."""
