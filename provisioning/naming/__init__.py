"""Usernames: patterns, what Google accepts, holds and suggestions."""
