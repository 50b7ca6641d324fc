"""The monthly report: two pages for a leader, with what to do."""
