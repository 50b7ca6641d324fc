"""Tests of the job engine with real worker processes."""
