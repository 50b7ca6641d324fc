"""Figures that are kept: a question has the same answer until its inputs change, and then the answer says so."""
