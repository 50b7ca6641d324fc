"""Whether estimates keep their promises: a simulated centre, drawn thousands of times, and simulated raters."""
