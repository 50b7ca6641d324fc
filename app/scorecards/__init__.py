"""Scorecards: what a call is judged by, and the rules that turn answers into scores."""
