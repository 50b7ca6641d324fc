"""The SQL of reports. It reads across the packages, many rows at a time, and changes nothing."""
