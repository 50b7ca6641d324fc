"""When a session takes place and who is told: proposed times, votes, invitations, links of guests, reminders."""
