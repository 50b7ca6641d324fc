"""Evaluations: one scored call, its answers, revisions and disputes."""
