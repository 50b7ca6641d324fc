"""Routes of calibration."""
