"""Routes of people, teams, projects, agents and keys, and of signing in."""
