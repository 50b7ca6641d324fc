"""Tests of the proofs of draws."""
