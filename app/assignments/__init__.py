"""Assignments: who scores which call, until when and in which scoring round."""
