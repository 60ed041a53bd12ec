import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from pytest_django import Settings

from sessions.models import Session
from sessions.session_tokens import issue_session_token, validate_session_token
from sessions.signing_keys import importing, keyring, life, rotation
from sessions.signing_keys.importing import KeyImportError, import_pem
from sessions.signing_keys.models import SigningKey
from tests.sessions.signing_keys.keys import Purpose, State, key, states

pytestmark = pytest.mark.django_db
P256 = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
RSA2048 = rsa.generate_private_key(65537, 2048)
PKCS8, TRADITIONAL = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL


def pem(private: Any, form: PrivateFormat = PKCS8, passphrase: bytes = b"") -> bytes:
    encryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    made: bytes = private.private_bytes(Encoding.PEM, form, encryption)
    return made


def public_pem(private: Any) -> bytes:
    made: bytes = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return made


def with_another_public_half() -> bytes:
    """Return a P-256 key in SEC 1 whose public half is that of another."""
    other = ec.generate_private_key(ec.SECP256R1())
    ours, another = (
        each.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        for each in (P256, other)
    )
    der = P256.private_bytes(Encoding.DER, TRADITIONAL, NoEncryption()).replace(ours, another)

    return b"-----BEGIN EC PRIVATE KEY-----\n%s-----END EC PRIVATE KEY-----\n" % (
        base64.encodebytes(der)
    )


@pytest.mark.parametrize(
    ("private", "form", "algorithm"),
    [
        (P256, PKCS8, "ES256"),
        (P256, TRADITIONAL, "ES256"),
        (ED25519, PKCS8, "EdDSA"),
        (RSA2048, PKCS8, "RS256"),
        (RSA2048, TRADITIONAL, "RS256"),
    ],
    ids=["P-256 in PKCS #8", "P-256 in SEC 1", "Ed25519", "RSA in PKCS #8", "RSA in PKCS #1"],
)
@pytest.mark.parametrize("passphrase", [b"", b"correct horse"], ids=["plain", "encrypted"])
def test_takes_in(
    private: Any,
    form: PrivateFormat,
    algorithm: str,
    passphrase: bytes,
    settings: Settings,
    alices_session: Session,
) -> None:
    settings.SIGNING_ALGORITHM = algorithm
    imported = import_pem(pem(private, form, passphrase), passphrase or None)
    assert (imported.state, imported.algorithm) == (State.SIGNING, algorithm)
    token = issue_session_token(alices_session, alices_session.user).text
    assert validate_session_token(token).header["kid"] == imported.kid
    assert imported.kid == imported.public_jwk["kid"]


def test_beside_a_key_that_signs_it_is_the_upcoming_one() -> None:
    signing = key(State.SIGNING)
    signing.save()
    imported = import_pem(pem(P256))
    assert states() == {signing.kid: "signing", imported.kid: "upcoming"}
    assert imported.signs_from - imported.created_at == life.PRE_PUBLICATION


def test_it_takes_the_place_of_an_upcoming_key() -> None:
    key(State.SIGNING).save()
    made = rotation.rotate()
    imported = import_pem(pem(P256))
    assert states()[made.kid] == "gone"
    assert states()[imported.kid] == "upcoming"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (b"", "not a private key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a private key"),
        (b"\xff\x00", "not a private key in PEM"),
        (public_pem(P256), "This is a public key"),
        (
            RSA2048.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1),
            "This is a public key",
        ),
        (b"-----BEGIN CERTIFICATE-----\n", "This is a public key"),
        (pem(ec.generate_private_key(ec.SECP384R1())), "Use an RSA, P-256 or Ed25519 key"),
        (pem(ec.generate_private_key(ec.SECP256K1())), "Use an RSA, P-256 or Ed25519 key"),
        (pem(ed448.Ed448PrivateKey.generate()), "Use an RSA, P-256 or Ed25519 key"),
        (pem(x25519.X25519PrivateKey.generate()), "Use an RSA, P-256 or Ed25519 key"),
        (pem(dsa.generate_private_key(2048)), "Use an RSA, P-256 or Ed25519 key"),
        (pem(rsa.generate_private_key(65537, 1024)), "fewer than 2048 bits"),
        (pem(rsa.generate_private_key(3, 2048)), "exponent is less than 65537"),
        (pem(P256, passphrase=b"secret"), "needs a passphrase"),
        (with_another_public_half(), "not a private key in PEM|do not match"),
        (pem(ED25519), "for EdDSA. First change SIGNING_ALGORITHM"),
        (pem(RSA2048), "for RS256. First change SIGNING_ALGORITHM"),
    ],
    ids=[
        "nothing",
        "a broken one",
        "bytes",
        "a public key",
        "a public key in PKCS #1",
        "a certificate",
        "P-384",
        "secp256k1",
        "Ed448",
        "X25519",
        "DSA",
        "RSA 1024",
        "RSA with exponent 3",
        "no passphrase",
        "halves of two keys",
        "another algorithm",
        "yet another algorithm",
    ],
)
def test_refuses(given: bytes, why: str) -> None:
    with pytest.raises(KeyImportError, match=why):
        import_pem(given)
    assert not SigningKey.objects.exists()


def test_takes_in_an_rsa_key_for_id_tokens() -> None:
    signing = key(State.SIGNING)
    signing.save()
    imported = import_pem(pem(RSA2048), purpose=Purpose.ID_TOKEN)
    assert states() == {signing.kid: "signing", imported.kid: "signing"}
    assert keyring.ensure_signing_key(purpose=Purpose.ID_TOKEN).kid == imported.kid


def test_an_imported_key_replaces_no_upcoming_one_of_the_other_purpose() -> None:
    key(State.SIGNING).save()
    upcoming = rotation.rotate()
    import_pem(pem(RSA2048), purpose=Purpose.ID_TOKEN)
    assert states()[upcoming.kid] == "upcoming"


@pytest.mark.parametrize("private", [P256, ED25519], ids=["P-256", "Ed25519"])
def test_refuses_for_id_tokens_what_not_every_app_understands(private: Any) -> None:
    with pytest.raises(KeyImportError, match="ID tokens are signed with RS256"):
        import_pem(pem(private), purpose=Purpose.ID_TOKEN)
    assert not SigningKey.objects.exists()


def test_refuses_one_key_for_two_purposes(settings: Settings) -> None:
    settings.SIGNING_ALGORITHM = "RS256"
    import_pem(pem(RSA2048))
    with pytest.raises(KeyImportError, match="exists already"):
        import_pem(pem(RSA2048), purpose=Purpose.ID_TOKEN)


def test_refuses_an_rsa_key_whose_signature_would_not_fit_a_cookie() -> None:
    with pytest.raises(KeyImportError, match="has 4104 bits"):
        import_pem(pem(rsa.generate_private_key(65537, 4104)))


def test_refuses_a_key_whose_halves_do_not_belong_together() -> None:
    with pytest.raises(KeyImportError, match="do not match"):
        importing._check_halves(key(State.UPCOMING), P256)


def test_refuses_a_wrong_passphrase() -> None:
    with pytest.raises(KeyImportError, match="or the passphrase is wrong"):
        import_pem(pem(P256, passphrase=b"secret"), b"another")


def test_refuses_a_passphrase_for_a_plain_key() -> None:
    with pytest.raises(KeyImportError, match="not encrypted"):
        import_pem(pem(P256), b"secret")


@pytest.mark.parametrize("state", State.values)
def test_refuses_a_key_that_is_or_was_here(state: str) -> None:
    import_pem(pem(P256))
    SigningKey.objects.update(state=state)
    with pytest.raises(KeyImportError, match=f"exists already: .*{SigningKey.State(state).label}"):
        import_pem(pem(P256))
