"""Tests of the journal: its seals and their verification."""
