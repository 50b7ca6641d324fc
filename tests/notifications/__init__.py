"""Tests of notifications: inboxes, e-mails to a real mail server, and calendar files."""
