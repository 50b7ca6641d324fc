"""Tests of the severity of verifiers."""
