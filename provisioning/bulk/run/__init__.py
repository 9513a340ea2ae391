"""The run: accounts, what follows after them, and undoing, in tasks that may be cut anywhere."""
