"""Errors that are checked: double scorings decided by a third person, fault checks, precedents."""
