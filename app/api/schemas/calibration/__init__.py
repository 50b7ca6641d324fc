"""Wire models of calibration."""
