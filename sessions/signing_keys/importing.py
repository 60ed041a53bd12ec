"""Take in a private key in PEM that was made elsewhere, or say why not."""

from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from protocol.jwks import MIN_RSA_BITS, is_weak
from protocol.jws import ALGORITHMS
from sessions.models import SigningKey
from sessions.signing_keys import algorithms, rotation

MAX_RSA_BITS = 4096  # the signature of a longer key leaves no room in the session cookie
PROBE = b"signed to see whether the two halves of the key belong together"


class KeyImportError(ValueError):
    """The key is refused. The text says why, and nothing of the key."""


def import_pem(pem: bytes, passphrase: bytes | None = None) -> SigningKey:
    """Make the private key in `pem` the upcoming one. Raises `KeyImportError`."""
    private = _parse(pem, passphrase)
    key = algorithms.row_of(_algorithm(private), private)
    _check_wanted(key)
    _check_halves(key, private)
    rotation.take_in(key)
    return key


def _parse(pem: bytes, passphrase: bytes | None) -> Any:
    if any(mark in pem for mark in (b"BEGIN PUBLIC KEY", b"BEGIN RSA PUBLIC", b"BEGIN CERT")):
        raise KeyImportError("this is a public key; only a private one signs")
    try:
        return load_pem_private_key(pem, passphrase)
    except TypeError:
        not_encrypted = "it is not encrypted: give no passphrase"
        why = "it needs a passphrase" if passphrase is None else not_encrypted
        raise KeyImportError(why) from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyImportError(
            "this is no private key in PEM (PKCS #8, PKCS #1 or SEC 1), or not its passphrase"
        ) from None


def _algorithm(private: Any) -> str:
    """Return the one algorithm that the key is for."""
    match private:
        case rsa.RSAPrivateKey():
            _check_rsa(private.public_key())
            return "RS256"
        case ec.EllipticCurvePrivateKey(curve=ec.SECP256R1()):
            return "ES256"
        case ed25519.Ed25519PrivateKey():
            return "EdDSA"
        case _:
            raise KeyImportError("only RSA, P-256 and Ed25519 keys sign session JWTs here")


def _check_rsa(public: rsa.RSAPublicKey) -> None:
    if public.key_size > MAX_RSA_BITS:
        raise KeyImportError(
            f"it has {public.key_size} bits; over {MAX_RSA_BITS}, signatures do not fit a cookie"
        )
    if is_weak(public):
        raise KeyImportError(
            f"it has under {MIN_RSA_BITS} bits (RFC 7518 §3.3), or comes from a generator known to"
            " be broken (CVE-2017-15361)"
        )
    if public.public_numbers().e < 65537:
        raise KeyImportError("its public exponent is below 65537 (FIPS 186-5 §A.1.1)")


def _check_wanted(key: SigningKey) -> None:
    """Refuse a key that would be replaced as soon as it signs, and one that is known already."""
    if key.algorithm != settings.SIGNING_ALGORITHM:
        raise KeyImportError(
            f"it is for {key.algorithm}; set SIGNING_ALGORITHM to that first, which is"
            f" {settings.SIGNING_ALGORITHM} here"
        )
    if known := SigningKey.objects.filter(kid=key.kid).first():
        raise KeyImportError(f"it is known already: {known.kid}, {known.state}")


def _check_halves(key: SigningKey, private: Any) -> None:
    """Sign with the private half, and verify with the half that will be published."""
    algorithm = ALGORITHMS[key.algorithm]
    public = algorithm.from_jwk(key.public_jwk)
    if not algorithm.verify(PROBE, public, algorithm.sign(PROBE, private)):
        raise KeyImportError("its two halves do not belong together")
