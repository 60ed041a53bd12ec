"""Take in a private key in PEM that was made elsewhere, or say why not."""

from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.utils.translation import gettext as _

from protocol.jwks import MIN_RSA_BITS, is_weak
from protocol.jws import ALGORITHMS
from sessions.signing_keys import algorithms, rotation
from sessions.signing_keys.models import SigningKey

Purpose = SigningKey.Purpose
MAX_RSA_BITS = 4096  # the signature of a longer key leaves no room in the session cookie
PROBE = b"signed to see whether the two halves of the key belong together"


class KeyImportError(ValueError):
    """The key is refused. The text says why, and nothing of the key."""


def import_pem(
    pem: bytes, passphrase: bytes | None = None, purpose: Purpose = Purpose.SESSION
) -> SigningKey:
    """Make the private key in `pem` the upcoming one for a purpose. Raises `KeyImportError`."""
    private = _parse(pem, passphrase)
    key = algorithms.row_of(_algorithm(private), private, purpose)
    _check_wanted(key)
    _check_halves(key, private)
    rotation.take_in(key)
    return key


def _parse(pem: bytes, passphrase: bytes | None) -> Any:
    if any(mark in pem for mark in (b"BEGIN PUBLIC KEY", b"BEGIN RSA PUBLIC", b"BEGIN CERT")):
        raise KeyImportError(_("This is a public key. Import the private key."))
    try:
        return load_pem_private_key(pem, passphrase)
    except TypeError:
        not_encrypted = _("The key is not encrypted. Do not give a passphrase.")
        why = _("The key needs a passphrase.") if passphrase is None else not_encrypted
        raise KeyImportError(why) from None
    except (ValueError, UnsupportedAlgorithm):
        raise KeyImportError(
            _(
                "This is not a private key in PEM format (PKCS #8, PKCS #1 or SEC 1), or the "
                "passphrase is wrong."
            )
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
            raise KeyImportError(_("Use an RSA, P-256 or Ed25519 key."))


def _check_rsa(public: rsa.RSAPublicKey) -> None:
    if public.key_size > MAX_RSA_BITS:
        words = _("The key has {bits} bits. With more than {most}, tokens get too long.")
        raise KeyImportError(words.format(bits=public.key_size, most=MAX_RSA_BITS))
    if is_weak(public):
        words = _(
            "The key is weak: it has fewer than {bits} bits (RFC 7518 §3.3), or it comes from a "
            "broken key generator (CVE-2017-15361)."
        )
        raise KeyImportError(words.format(bits=MIN_RSA_BITS))
    if public.public_numbers().e < 65537:
        raise KeyImportError(_("The public exponent is less than 65537 (FIPS 186-5 §A.1.1)."))


def _check_wanted(key: SigningKey) -> None:
    """Refuse a key that would be replaced as soon as it signs, and one that is known already."""
    wanted = algorithms.algorithm_of(key.purpose)
    if key.algorithm != wanted:
        words = _(
            "The key is for {algorithm}. First change SIGNING_ALGORITHM, which is {setting} now."
        )
        if key.purpose == Purpose.ID_TOKEN:
            words = _("The key is for {algorithm}. ID tokens are signed with {setting}.")
        raise KeyImportError(words.format(algorithm=key.algorithm, setting=wanted))
    if known := SigningKey.objects.filter(kid=key.kid).first():
        words = _("The key exists already: {kid} ({state}).")
        raise KeyImportError(words.format(kid=known.kid, state=known.get_state_display()))


def _check_halves(key: SigningKey, private: Any) -> None:
    """Sign with the private half, and verify with the half that will be published."""
    algorithm = ALGORITHMS[key.algorithm]
    public = algorithm.from_jwk(key.public_jwk)
    if not algorithm.verify(PROBE, public, algorithm.sign(PROBE, private)):
        raise KeyImportError(_("The private and the public part do not match."))
