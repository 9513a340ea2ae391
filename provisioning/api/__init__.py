"""The REST interface and its keys."""
