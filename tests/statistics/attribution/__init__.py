"""Attribution of errors to agents or to the process."""
