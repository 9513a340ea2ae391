"""The plan: what will be made of each row, before anything happens."""
