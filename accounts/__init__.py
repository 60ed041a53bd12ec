"""Who is this person here? People, addresses, accounts, and what they do for themselves."""
