"""Who may come in: sign-in, sessions, the license rule, setup, operators."""
