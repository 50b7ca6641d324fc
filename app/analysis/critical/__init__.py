"""Critical-error accuracy: the share of calls without an error that fails the customer, the business or compliance."""
