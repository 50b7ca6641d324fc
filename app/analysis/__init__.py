"""Analysis: where errors come from, and figures that speak about all calls."""
