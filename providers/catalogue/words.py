"""What the admin and the visitor read about scopes, and about domains that are vouched for."""

from providers.catalogue.entry import Kind
from providers.catalogue.reading import entries

SCOPES = entries("scopes.toml")
OTHER_REASON = "what signing in through this kind asks for by default"


def reasons_for(scope: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return each scope with the reason why a sign-in asks for it."""
    return [(name, SCOPES.get(name, {}).get("reason", OTHER_REASON)) for name in scope]


def words_for(scope: tuple[str, ...]) -> list[str]:
    """Return what these scopes share, in words that follow "your"."""
    words = [word for name in scope for word in SCOPES.get(name, {"shares": [name]})["shares"]]
    return list(dict.fromkeys(words)) or ["public profile"]


IN_GENERAL = (
    "Domains, such as example.org, example.com, whose addresses count as verified when the "
    "provider says so; subdomains are named one by one."
)
EMPTY_IS_EVERY = "Empty or * for every domain."
EMPTY_IS_NONE = (
    "Empty for none: no address counts as verified. Whoever runs this server decides what it calls "
    "verified: list their own domains. * is every domain: then they can claim anybody's address."
)
OF_ANOTHER_SERVER = "With a base URL of your own, empty is none."
UNLISTED = (
    "This provider may vouch for no domain yet: every address from it counts as unverified, "
    "whatever it says. No access rule on addresses matches, and nobody can be made an admin by one."
)
UNLISTED_FIX = (
    "List its own domains, such as example.org, under May vouch for on its page, or with "
    "--vouches-for when you add it. If you do not need verified addresses, leave it empty."
)


def words_on_vouching(kind: Kind) -> str:
    """Return the help of the field for domains, as it is true for this kind."""
    if not kind.verifies_addresses_itself:
        return f"{IN_GENERAL} {EMPTY_IS_NONE}"
    other = OF_ANOTHER_SERVER if kind.takes_base_url else ""
    words = (IN_GENERAL, EMPTY_IS_EVERY, kind.vouching_note, other)
    return " ".join(part for part in words if part)
