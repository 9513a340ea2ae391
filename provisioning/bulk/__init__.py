"""Many accounts at once: a file in, a preview, a run that may be cut anywhere, and files out."""
