"""What people do for themselves under `/account/`: sessions, ways in, tokens, their data."""
