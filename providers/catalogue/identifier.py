"""Which id each kind of provider sends for a person: three answers, looked up in 2026-11.

Two people must never share one account here, and nobody must get the account of another person. So
we asked about each id: whose is it, can another person get it, and who verifies addresses?
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
    """Whether another person can get the same id."""

    NEVER = "never"  # a new account has a new one
    BY_OPERATOR = "by_operator"  # if the operator of the server gives it to another person
    POSSIBLE = "possible"  # or at least not ruled out


class Verifier(StrEnum):
    """Who decides that an address is verified."""

    NOBODY = "nobody"  # at least nobody that we can trust
    PROVIDER = "provider"  # it has sent mail to the address
    OPERATOR = "operator"  # the operator of the server or the tenant


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
