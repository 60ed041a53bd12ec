"""Sites that do the same work another way, so that every figure is also a ratio."""
