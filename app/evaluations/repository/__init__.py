"""All SQL of evaluations."""
