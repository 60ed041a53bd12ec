"""Whose id each kind of provider names people by: four answers, each read in 2026-11.

Two people must never be one person here, and nobody must become another. So of each id we asked:
whose it is, who chooses it, whether somebody else can get it, and who verifies addresses.
"""

from dataclasses import dataclass
from enum import StrEnum


class Whose(StrEnum):
    """Whose id it is."""

    PERSON = "a person's account"
    COMPANY = "a company's account"
    MAILBOX = "a mailbox"
    LOGIN_NAME = "a login name"
    OTHER = "nobody in particular"
    AS_SET_UP = "whatever the server is set up to tell"
    UNKNOWN = "not looked at yet"


class Chooser(StrEnum):
    """Who may choose it."""

    PROVIDER = "the provider"
    PERSON = "the person"
    OPERATOR = "whoever runs the server"


class Reuse(StrEnum):
    """Whether somebody else can get it."""

    NEVER = "no"  # a new account has a new one
    BY_OPERATOR = "if whoever runs the server gives it away"
    POSSIBLE = "yes, or nobody rules it out"


class Verifier(StrEnum):
    """Who calls an address verified."""

    NOBODY = "nobody who counts"
    PROVIDER = "the provider, which has sent mail to it"
    OPERATOR = "whoever runs the server or the tenant"


WHY_NOT = {
    Whose.COMPANY: "its id is a company's: two colleagues would be one person here",
    Whose.UNKNOWN: "we have not checked yet by which id it knows people",
}
NO_ID = "it knows people by something that can change or pass to another person"
WARNINGS = {
    Whose.MAILBOX: "THIS SERVER KNOWS PEOPLE BY THEIR MAILBOX. WHOEVER GETS A MAILBOX, OR HAS ITS "
    "PASSWORD, IS THE SAME PERSON HERE AS ITS OWNER BEFORE. NEVER GIVE THE ADDRESS OF SOMEBODY WHO "
    "HAS LEFT TO ANYBODY ELSE, AND LET NOBODY SIGN IN WITH A SHARED MAILBOX.",
    Whose.LOGIN_NAME: "THIS SERVER KNOWS PEOPLE BY THEIR LOGIN NAME. WHOEVER GETS THE LOGIN NAME "
    "OF SOMEBODY WHO HAS LEFT IS THAT PERSON HERE. NEVER GIVE A LOGIN NAME TO ANYBODY ELSE.",
    Whose.AS_SET_UP: "WHOEVER RUNS THIS SERVER DECIDES WHAT IT SENDS AS “SUB”, BY WHICH SIGNET "
    "KNOWS PEOPLE. IF THAT IS A LOGIN NAME OR AN EMAIL ADDRESS, WHOEVER GETS IT NEXT IS THE SAME "
    "PERSON HERE. SEND AN ID THAT NOBODY ELSE EVER GETS.",
}


@dataclass(frozen=True)
class Identifier:
    """The id of one kind: four answers, and their source."""

    source: str
    whose: Whose = Whose.PERSON
    chooser: Chooser = Chooser.PROVIDER
    reuse: Reuse = Reuse.NEVER
    verifier: Verifier = Verifier.NOBODY

    @property
    def why_not(self) -> str:
        """Say why this id cannot stand for a person; "" if it can."""
        return WHY_NOT.get(self.whose) or (NO_ID if self.reuse is Reuse.POSSIBLE else "")

    @property
    def warning(self) -> str:
        """Say what the server's admins must never do; "" if nothing depends on them."""
        return WARNINGS.get(self.whose, "") if self.reuse is Reuse.BY_OPERATOR else ""


NOT_LOOKED_AT = Identifier("", Whose.UNKNOWN, reuse=Reuse.POSSIBLE)
