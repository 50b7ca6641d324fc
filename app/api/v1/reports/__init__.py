"""Routes of reports. The columns of each report are declared in its package in `app.analysis`."""
