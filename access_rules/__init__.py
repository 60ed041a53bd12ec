"""Who may sign in, and which groups they are in here."""
