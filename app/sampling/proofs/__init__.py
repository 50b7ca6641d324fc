"""Proofs of draws: exported as documents, and verified by anyone without the database."""
