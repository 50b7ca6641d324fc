"""The quality of all calls: the mean scores of groups."""
