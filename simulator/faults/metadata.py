"""What a provider publishes about itself: its keys, and where its endpoints are.

A fault of the keys signs with a new key. So the client requests the JWKS again, and gets the fault.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlsplit

from simulator.faults.fault import SIGNED_IN, Fault, Moment, always, with_openid
from simulator.faults.misbehaviour import Members, Misbehaviour
from simulator.keys import IdToken, Jwk, SharedSecret, SigningKey, octet_jwk
from simulator.untrusted import untrusted_port


def newly_signed(publish: Callable[[SigningKey], tuple[Jwk, ...]]) -> Misbehaviour:
    """Sign with a new key of the provider's kind; `publish` returns what is added to the JWKS."""

    def rewritten(token: IdToken) -> IdToken:
        key = token.provider_key.another()
        return replace(token, signer=key, kid=key.kid, published=publish(key))

    return Misbehaviour(id_token=rewritten)


def nothing(_key: SigningKey) -> tuple[Jwk, ...]:
    return ()


def the_key(key: SigningKey) -> tuple[Jwk, ...]:
    return (key.public_jwk(),)


def and_a_twin(key: SigningKey) -> tuple[Jwk, ...]:
    return (key.public_jwk(), key.another().public_jwk() | {"kid": key.kid})


def after_a_secret(key: SigningKey) -> tuple[Jwk, ...]:
    return (octet_jwk(secrets.token_bytes(32), secrets.token_hex(8)), key.public_jwk())


def after_a_broken_one(key: SigningKey) -> tuple[Jwk, ...]:
    broken = key.public_jwk() | {"kid": secrets.token_hex(8), "n": "?", "x": "?"}
    return (broken, key.public_jwk())


def signed_with_a_published_secret(token: IdToken) -> IdToken:
    secret, kid = secrets.token_bytes(32), secrets.token_hex(8)
    published = (octet_jwk(secret, kid),)
    return replace(token, signer=SharedSecret(secret), kid=kid, published=published)


def of_another_issuer(metadata: Members) -> Members:
    return metadata | {"issuer": "https://issuer.example"}


def without_token_endpoint(metadata: Members) -> Members:
    return {name: value for name, value in metadata.items() if name != "token_endpoint"}


def behind_an_untrusted_certificate(metadata: Members) -> Members:
    """Announce a token endpoint whose certificate nobody should trust."""
    endpoint = urlsplit(metadata["token_endpoint"])
    host = endpoint.hostname or ""
    netloc = f"{f'[{host}]' if ':' in host else host}:{untrusted_port(host)}"
    moved = endpoint._replace(scheme="https", netloc=netloc)
    return metadata | {"token_endpoint": moved.geturl()}


def published(
    name: str, title: str, explanation: str, outcome: str, misbehaviour: Misbehaviour
) -> Fault:
    return Fault(name, title, explanation, with_openid(outcome), always(misbehaviour))


def metadata_fault(
    name: str, title: str, explanation: str, outcome: str, rewrite: Callable[[Members], Members]
) -> Fault:
    misbehaviour = always(Misbehaviour(metadata=rewrite))
    return Fault(name, title, explanation, with_openid(outcome), misbehaviour, Moment.METADATA)


FAULTS = (
    published(
        "rotated_key",
        "Rotated key",
        "A new key signs, and has joined the JWKS: the client must fetch the JWKS once more.",
        SIGNED_IN,
        newly_signed(the_key),
    ),
    published(
        "unpublished_key",
        "Unpublished key",
        "A new key signs, but is not in the JWKS.",
        "signing_key_unknown",
        newly_signed(nothing),
    ),
    published(
        "twin_kid",
        "Two keys with one kid",
        "The JWKS has two keys with the kid that the ID token names.",
        "signing_key_unknown",
        newly_signed(and_a_twin),
    ),
    published(
        "oct_key",
        "A secret among the keys",
        "The JWKS has a secret (an oct key) before the key that signs.",
        SIGNED_IN,
        newly_signed(after_a_secret),
    ),
    published(
        "published_secret_as_key",
        "Signed with a published secret",
        "HS256 with an oct key that the JWKS shows to everybody.",
        "signature_invalid",
        Misbehaviour(id_token=signed_with_a_published_secret),
    ),
    published(
        "broken_key",
        "A broken key in the JWKS",
        "The entry before the key that signs cannot be read.",
        SIGNED_IN,
        newly_signed(after_a_broken_one),
    ),
    metadata_fault(
        "other_issuer_in_metadata",
        "Another issuer in the discovery document",
        "The document names another issuer.",
        "issuer_mismatch",
        of_another_issuer,
    ),
    metadata_fault(
        "no_token_endpoint",
        "No token endpoint in the discovery document",
        "The document does not name it.",
        "discovery_invalid",
        without_token_endpoint,
    ),
    metadata_fault(
        "untrusted_certificate",
        "Untrusted certificate",
        "The discovery document names a token endpoint with a self-signed certificate. Every "
        "sign-in fails until the document is read again.",
        "tls_failure",
        behind_an_untrusted_certificate,
    ),
)
