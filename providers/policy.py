"""Whom a provider lets in at all; `access_rules` has the rules."""

from enum import StrEnum


class Policy(StrEnum):
    """Whom a provider lets in."""

    ANYONE = "anyone"
    MATCHING = "matching"
    KNOWN = "known"
