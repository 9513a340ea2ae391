"""Invitations: links with which people open their own accounts."""
