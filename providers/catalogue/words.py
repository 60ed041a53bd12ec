"""Find the words in `words.toml` about scopes, and about domains that are vouched for."""

from providers.catalogue.entry import WORDS, Kind

SCOPES, VOUCHING = WORDS["scopes"], WORDS["vouching"]
UNLISTED, UNLISTED_FIX = VOUCHING["unlisted"], VOUCHING["unlisted_fix"]
OTHER_REASON = "what signing in through this kind asks for by default"


def reasons_for(scope: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return each scope with the reason why a sign-in asks for it."""
    return [(name, SCOPES.get(name, {}).get("reason", OTHER_REASON)) for name in scope]


def shared_by(scope: tuple[str, ...]) -> list[str]:
    """Return what these scopes share, in words that follow "your"."""
    words = [word for name in scope for word in SCOPES.get(name, {"shares": [name]})["shares"]]
    return list(dict.fromkeys(words)) or ["public profile"]


def on_vouching(kind: Kind) -> str:
    """Return the help of the field for domains, as it is true for this kind."""
    if not kind.verifies_addresses_itself:
        return f"{VOUCHING['in_general']} {VOUCHING['empty_is_none']}"
    other = VOUCHING["of_another_server"] if kind.takes_base_url else ""
    words = (VOUCHING["in_general"], VOUCHING["empty_is_every"], kind.vouching_note, other)
    return " ".join(part for part in words if part)
