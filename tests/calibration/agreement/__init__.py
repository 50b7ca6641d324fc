"""Tests of pooled agreement and of suggested sessions."""
