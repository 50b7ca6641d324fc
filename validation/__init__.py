"""Whether drawing and estimating keep their promises: a simulated centre, drawn thousands of times."""
