"""Jobs that are killed at every instant."""
