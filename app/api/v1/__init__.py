"""Routes of version 1, a module a domain."""
