"""The pages of a provider in the admin: choose a kind, and paste what its console shows."""
