"""Wire models, a module a domain."""
