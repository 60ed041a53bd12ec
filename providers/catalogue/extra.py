"""The values that some kinds need beyond client ID and client secret (`Provider.extra`)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

FIELD_PREFIX = "extra_"  # before a key's name, among the fields of a form
LONGEST = 4000  # characters of a value; a PEM of a P-256 key has about 250


@dataclass(frozen=True)
class ExtraKey:
    """One more value to paste. `problem_of` says what is wrong with it, "" for nothing.

    A secret is never shown again. A value that `steers` decides where secrets are sent.
    """

    name: str
    label: str
    help: str
    problem_of: Callable[[str], str]
    is_secret: bool = False
    steers: bool = False
    is_optional: bool = False


def problems(keys: tuple[ExtraKey, ...], extra: Mapping[str, str]) -> dict[str, str]:
    """Say for each key whether its value is missing, unknown or wrong."""
    known = {key.name: key for key in keys}
    found = {name: "This kind of provider has no such key." for name in extra if name not in known}
    for name, key in known.items():
        value = extra.get(name, "")
        problem = key.problem_of(value) if value else _problem_of_nothing(key)
        if problem:
            found[name] = problem
    return found


def _problem_of_nothing(key: ExtraKey) -> str:
    return "" if key.is_optional else f"Please enter it: {key.help}"


def matching(pattern: str, problem: str) -> Callable[[str], str]:
    """Return a check that a whole value matches `pattern`."""
    return lambda value: "" if re.fullmatch(pattern, value) else problem


def p256_private_key(value: str) -> str:
    """Check that `value` is the PEM of a private key for ES256 (RFC 7518 §3.4)."""
    problem = "It must be the whole file: a private key on the curve P-256 in PEM, not encrypted."
    if len(value) > LONGEST:
        return problem
    try:
        key = load_pem_private_key(value.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return problem
    is_p256 = isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
    return "" if is_p256 else problem


GUID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
KEYS = (
    # Apple
    ExtraKey(
        "team_id",
        "Team ID",
        "ten letters and digits, at the top right of the developer account.",
        matching("[A-Z0-9]{10}", "It must be ten capital letters and digits."),
    ),
    ExtraKey(
        "key_id",
        "Key ID",
        "ten letters and digits, beside the key for Sign in with Apple.",
        matching("[A-Z0-9]{10}", "It must be ten capital letters and digits."),
    ),
    ExtraKey(
        "private_key",
        "Private key",
        "the text of the .p8 file, which can be downloaded once.",
        p256_private_key,
        is_secret=True,
    ),
    # OpenID Connect. Azure AD B2C has a document for each policy, and one issuer for all (2026-11,
    # learn.microsoft.com, "Overview of tokens in Azure Active Directory B2C").
    ExtraKey(
        "issuer",
        "Issuer",
        "only where it is another one than the base URL says, as at Azure AD B2C: letter by "
        "letter as the discovery document has it.",
        matching(
            r"https?://[A-Za-z0-9._~:/%\[\]-]+", "It must be an address that begins with https://."
        ),
        steers=True,
        is_optional=True,
    ),
    # Microsoft
    ExtraKey(
        "tenant",
        "Tenant",
        "the directory (tenant) ID; or common, organizations or consumers for many.",
        matching(
            f"{GUID}|common|organizations|consumers",
            "It must be a directory (tenant) ID, or common, organizations or consumers.",
        ),
        steers=True,
    ),
)
EXTRA_KEYS = {key.name: key for key in KEYS}
