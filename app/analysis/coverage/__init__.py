"""How far the drawn calls cover the agents and follow the plans."""
