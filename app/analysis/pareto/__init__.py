"""Pareto of errors: which items, reasons or sections have most of the errors, and whose they are."""
