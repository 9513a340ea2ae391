"""What people came for: names, accounts and the REST interface."""
