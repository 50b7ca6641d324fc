"""What people do in the demo: weeks of scoring, double scorings decided, calibration sessions."""
