"""Calibration sessions: several people score the same calls without seeing each other's answers, then compare."""
