"""Tests of calibration sessions."""
