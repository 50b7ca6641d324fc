"""Tests of calls and recordings."""
