"""Tests of the demo and its simulator."""
