"""Whose id each kind of provider names people by: of every kind, four answers with their source.

Two people must never be one person here, and nobody must become another. So each id was asked:
whose it is, who may choose it, whether it can be given to somebody else, and who it is that calls
an address verified. A kind without an answer cannot be added.
"""

from providers.catalogue.identifiers.companies import COMPANIES
from providers.catalogue.identifiers.entry import Chooser, Identifier, Reuse, Verifier, Whose
from providers.catalogue.identifiers.servers import SERVERS

__all__ = ["ANSWERS", "Chooser", "Identifier", "Reuse", "Verifier", "Whose", "identifier_of"]

ANSWERS: dict[str, Identifier] = {**COMPANIES, **SERVERS}
NONE = Identifier(Whose.UNKNOWN, Chooser.PROVIDER, Reuse.POSSIBLE, Verifier.NOBODY, "")


def identifier_of(kind_id: str) -> Identifier:
    """Return the answers for a kind; one that nobody has looked at has none that would do."""
    return ANSWERS.get(kind_id, NONE)
