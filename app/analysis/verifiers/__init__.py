"""How strictly verifiers score, how far they agree, and how much they do."""
