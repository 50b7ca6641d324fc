"""Draws: calls selected at random from a seed that was committed to, so that anyone can check them."""
