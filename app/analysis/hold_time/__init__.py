"""Hold time: the agent's or the process's."""
