"""SQL of calibration sessions."""
