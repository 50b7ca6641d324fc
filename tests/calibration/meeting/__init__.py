"""Tests of when sessions take place and who is told."""
