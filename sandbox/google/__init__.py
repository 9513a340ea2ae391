"""A simulated Google: sign-in, tokens, Directory, Marketplace licenses, and screens to live the story in."""
