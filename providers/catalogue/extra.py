"""The values that some kinds need beyond client ID and client secret (`Provider.extra`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

FIELD_PREFIX = "extra_"  # before a key's name, among the fields of a form
LONGEST = 4000  # characters of a value; a PEM of a P-256 key has about 250


@dataclass(frozen=True)
class ExtraKey:
    """One more value to paste: a text that matches a pattern, or a private key.

    A secret is never shown again. A value that `steers` decides where secrets are sent.
    """

    name: str
    label: str
    help: str
    problem: str  # what is wrong with a value that does not fit
    pattern: str = ""  # of the whole value
    is_p256_key: bool = False  # the value is the PEM of a private key for ES256 (RFC 7518 §3.4)
    is_secret: bool = False
    steers: bool = False
    is_optional: bool = False

    def problem_of(self, value: str) -> str:
        """Say what is wrong with a value, "" for nothing."""
        if not value:
            return "" if self.is_optional else f"Please enter it: {self.help}"
        fits = _is_p256_key(value) if self.is_p256_key else re.fullmatch(self.pattern, value)
        return "" if fits else self.problem


def problems(keys: tuple[ExtraKey, ...], extra: Mapping[str, str]) -> dict[str, str]:
    """Say for each key whether its value is missing, unknown or wrong."""
    known = {key.name: key for key in keys}
    found = {name: "This kind of provider has no such key." for name in extra if name not in known}
    texts = {name: key.problem_of(extra.get(name, "")) for name, key in known.items()}
    return found | {name: text for name, text in texts.items() if text}


def _is_p256_key(value: str) -> bool:
    if len(value) > LONGEST:
        return False
    try:
        key = load_pem_private_key(value.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)
