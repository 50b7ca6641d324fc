"""Tests of what surrounds every request."""
