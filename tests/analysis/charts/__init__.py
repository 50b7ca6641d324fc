"""Tests of charts and of reports that rank errors and agents."""
