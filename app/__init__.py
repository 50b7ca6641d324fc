"""QMT: quality management for call centres."""
