"""Tokens that somebody pastes into the checker."""

REFRESH_TOKEN = f"0d4f7a36-0a52-4d0c-9a4e-1f7a6f5b2c11.3.{'A' * 43}"
