"""How far people agree: from their answers to coefficients, in one session and pooled over time."""
