"""Which id each kind of provider sends for a person: three answers, each read in 2026-11.

Two people must never be one person here, and nobody must become somebody else. So we asked of each
id: whose is it, can somebody else get it, and who verifies addresses?
"""

from dataclasses import dataclass
from enum import StrEnum


class Whose(StrEnum):
    """Whose id it is."""

    PERSON = "person"
    COMPANY = "company"
    MAILBOX = "mailbox"
    LOGIN_NAME = "login_name"
    OTHER = "other"  # nobody's in particular
    AS_SET_UP = "as_set_up"  # what the server is configured to send
    UNKNOWN = "unknown"  # nobody has looked yet


class Reuse(StrEnum):
    """Whether somebody else can get it."""

    NEVER = "never"  # a new account has a new one
    BY_OPERATOR = "by_operator"  # if the operator of the server gives it away
    POSSIBLE = "possible"  # or nobody rules it out


class Verifier(StrEnum):
    """Who calls an address verified."""

    NOBODY = "nobody"  # who counts
    PROVIDER = "provider"  # which has sent mail to it
    OPERATOR = "operator"  # of the server or the tenant


WHY_NOT = {
    Whose.COMPANY: "its id is a company's: two colleagues would be one person here",
    Whose.UNKNOWN: "nobody has checked yet whose id it sends",
}
NO_ID = "its id can change, or can become another person's"


@dataclass(frozen=True)
class Identifier:
    """The id of one kind: three answers, and their source."""

    source: str
    whose: Whose = Whose.PERSON
    reuse: Reuse = Reuse.NEVER
    verifier: Verifier = Verifier.NOBODY

    @property
    def why_not(self) -> str:
        """Say why this id cannot stand for a person; "" if it can."""
        return WHY_NOT.get(self.whose) or (NO_ID if self.reuse is Reuse.POSSIBLE else "")


NOT_LOOKED_AT = Identifier("", Whose.UNKNOWN, reuse=Reuse.POSSIBLE)
