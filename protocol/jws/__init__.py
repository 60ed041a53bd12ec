"""Read a compact JSON Web Signature (RFC 7515), and verify it.

It is the form of a provider's ID token and of our own session JWT. Algorithm and key never come
from the token. The caller finds its own key by `kid`, and says which algorithms that key is for
(RFC 8725 §3.1). `jwk`, `jku`, `x5u` and `x5c` are ignored.
"""

from dataclasses import dataclass
from typing import Any

from jwt.algorithms import get_default_algorithms

from protocol.jws import base64url
from protocol.jws.strict_json import MalformedError, json_object

ALGORITHMS = get_default_algorithms()
MAX_LENGTH = 16_384  # characters of a token that comes in a request, whose headers are shorter


class InvalidSignatureError(ValueError):
    """The signature was not made by the given key with the given algorithm."""


@dataclass(frozen=True)
class SignedToken:
    """A token that is split into its parts but not verified yet. Only its header may be read."""

    header: dict[str, Any]
    _signing_input: bytes
    _payload: bytes
    _signature: bytes

    def payload(self, key: Any, algorithms: tuple[str, ...]) -> dict[str, Any]:
        """Verify the signature, then return the payload (RFC 7515 §5.2).

        `algorithms` are those that the key is for. Raises `InvalidSignatureError`, or
        `MalformedError` for a payload that is no object.
        """
        algorithm: Any = self.header.get("alg")
        if algorithm not in algorithms:
            raise InvalidSignatureError("the token names another algorithm than its key has")
        if not ALGORITHMS[algorithm].verify(self._signing_input, key, self._signature):
            raise InvalidSignatureError("the signature does not match")
        return json_object(self._payload)

    def unverified_payload(self) -> dict[str, Any]:
        """Return the payload for display only, not verified. Raises `MalformedError`."""
        return json_object(self._payload)


def read(token: str, max_length: int = MAX_LENGTH) -> SignedToken:
    """Take a compact JWS apart (RFC 7515 §7.1); an unknown `crit` is refused (§4.1.11).

    `max_length` is in characters. A `crit` that is null is as good as absent. Raises
    `MalformedError`.
    """
    if len(token) > max_length:
        raise MalformedError(f"more than {max_length} characters")
    if not token.isascii():
        raise MalformedError("not ASCII")
    parts = token.split(".")
    if len(parts) != 3:
        raise MalformedError("not three parts")
    try:
        raw_header, payload, signature = map(base64url.decode, parts)
    except ValueError:
        raise MalformedError("not base64url in its one spelling") from None
    header = json_object(raw_header)
    if header.get("crit") is not None:
        raise MalformedError("crit names an extension that is not understood")
    return SignedToken(header, token.rpartition(".")[0].encode(), payload, signature)
