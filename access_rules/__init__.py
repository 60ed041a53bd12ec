"""Who may sign in, and which groups are they in here?"""
