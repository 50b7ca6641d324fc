"""All SQL of the journal: events, their seals, and the places of the consumers."""
