"""Wire models of people, projects and keys."""
