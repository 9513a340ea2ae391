"""A simulated Google: sign-in, tokens, Directory, Marketplace licences, and screens to live the story in."""
