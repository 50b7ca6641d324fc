"""Measurements of reports."""
