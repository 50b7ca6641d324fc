"""The sources of errors: agents or the process."""
