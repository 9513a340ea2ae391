"""Google Workspace and Datastore on one laptop. Imports nothing of the product but main."""
