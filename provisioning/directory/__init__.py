"""What the domain's Directory says, in values of our own."""
