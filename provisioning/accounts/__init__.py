"""Accounts: who may make them, with what settings, and making one exactly once."""
