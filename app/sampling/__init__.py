"""Sampling: plans, draws that anyone can check, and the selections verifiers score."""
