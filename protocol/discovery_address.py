"""Where an issuer's discovery document is (OpenID Connect Discovery §4, RFC 8414 §3.1).

An admin enters the issuer, or the address of the document, which many providers show instead.
"""

import re
from functools import lru_cache

WELL_KNOWN = "/.well-known/"
# The text that may follow the address of a Microsoft cloud: a tenant, a document or a query.
OF_TENANT = re.compile(
    r"/(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|common|organizations|consumers"
    r"|[^/?#]+/v2\.0|\.well-known)(?:[/?#]|$)|\?",
    re.IGNORECASE,
)
NO_QUERY = "It must be an address without a question mark and what follows it."
DOCUMENT = f"{WELL_KNOWN}openid-configuration"
# The address of a document, as either specification builds it. RFC 8414 puts the path of the issuer
# behind the name of the document.
ADDRESS = re.compile(
    r"(?P<host>https?://[^/?#]+)(?P<path>[^?#]*?)"
    r"/\.well-known/(?:openid-configuration|oauth-authorization-server)"
    r"(?P<behind>/[^?#]*)?(?P<query>\?[^#]*)?"
)


def document_of(entered: str) -> str:
    """Return the address of the document: the one entered, or that below the issuer entered."""
    return entered.rstrip("/") + ("" if ADDRESS.fullmatch(entered) else DOCUMENT)


@lru_cache  # of the addresses that admins have entered
def issuers_of(entered: str, endings: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the names that the issuer may have: exactly what was entered (§4.3).

    From the address of a document we cannot tell whether its issuer ends in a slash (§4.1). If
    `endings` are given, the issuer has one of them after the address.
    """
    parts = ADDRESS.fullmatch(entered)
    path = (parts["path"] or parts["behind"] or "").rstrip("/") if parts else ""
    issuer = parts["host"] + path if parts else entered
    names = (issuer, f"{issuer}/") if parts else (issuer,)
    return tuple(issuer.rstrip("/") + ending for ending in endings) or names


def problem_of(entered: str, kind: str, *, is_discovered: bool) -> str:
    """Say what is wrong with an address for a provider of that kind, "" for nothing."""
    if is_discovered and ADDRESS.fullmatch(entered):
        return ""
    if WELL_KNOWN not in f"{entered}/":
        return NO_QUERY if "?" in entered else ""
    server = entered.partition(WELL_KNOWN.rstrip("/"))[0]
    if not is_discovered:
        return f"This is the address of a document; {kind} needs that of the server: {server}"
    return f"Enter the issuer, or the address of its discovery document: {server}{DOCUMENT}"


def problem_of_cloud(entered: str) -> str:
    """Say that the address of a cloud must not name a tenant, "" where it does not."""
    tenant = OF_TENANT.search(entered)
    cloud = entered[: tenant.start()] if tenant else ""
    return f"Enter {cloud} alone: the tenant has a field of its own." if tenant else ""
