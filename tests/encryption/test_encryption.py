import base64
import os

import pytest
from pytest_django import Settings

from encryption import SealBrokenError, seal, unseal

OLD, NEW = os.urandom(32), os.urandom(32)


def open_(sealed: str, purpose: str = "cookie", context: str = "session") -> bytes:
    return unseal(sealed, purpose=purpose, context=context)


@pytest.fixture
def sealed() -> str:
    return seal(b"a secret", purpose="cookie", context="session")


@pytest.mark.parametrize("plaintext", [b"", b"a secret", bytes(range(256)), b"x" * 10_000], ids=len)
def test_opens_what_was_sealed(plaintext: bytes) -> None:
    assert open_(seal(plaintext, purpose="cookie", context="session")) == plaintext


def test_a_sealed_value_fits_into_a_cookie(sealed: str) -> None:
    assert set(sealed) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_sealed_value_does_not_show_what_is_in_it(sealed: str) -> None:
    assert b"secret" not in base64.urlsafe_b64decode(sealed + "==")


def test_the_same_value_is_never_sealed_to_the_same_text() -> None:
    texts = {seal(b"a secret", purpose="cookie", context="session") for _ in range(100)}
    assert len(texts) == 100


@pytest.mark.parametrize(
    ("purpose", "context"),
    [
        ("column", "session"),
        ("cookie", "refresh"),
        ("cookie", "Session"),
        ("cookie", ""),
        ("", "session"),
        ("cookies", "ession"),
    ],
)
def test_does_not_open_for_another_purpose_or_context(
    sealed: str, purpose: str, context: str
) -> None:
    with pytest.raises(SealBrokenError):
        open_(sealed, purpose, context)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "AAAA",
        "A" * 16,
        "A" * 40,
        "A" * 100_000,
        "+/+/",
        "not base64!",
        "\u00e4" * 40,
        "=",
        "\0",
    ],
    ids=lambda text: repr(text)[:20],
)
def test_does_not_open(text: str) -> None:
    with pytest.raises(SealBrokenError):
        open_(text)


@pytest.mark.parametrize("position", [0, 11, 12, 19, 20, 35])
def test_does_not_open_after_a_bit_has_been_turned(sealed: str, position: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(sealed + "=="))
    raw[position] ^= 1
    with pytest.raises(SealBrokenError):
        open_(base64.urlsafe_b64encode(raw).decode())


@pytest.mark.parametrize("length", [1, 12, 15, 28, 35])
def test_does_not_open_when_it_has_been_cut(sealed: str, length: int) -> None:
    raw = base64.urlsafe_b64decode(sealed + "==")[:length]
    with pytest.raises(SealBrokenError):
        open_(base64.urlsafe_b64encode(raw).decode())


def test_the_error_does_not_show_the_value(sealed: str) -> None:
    with pytest.raises(SealBrokenError) as broken:
        open_(sealed, context="another")
    assert sealed not in str(broken.value)


def test_after_a_rotation_old_values_open_and_new_ones_use_the_new_key(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    old = seal(b"old", purpose="cookie", context="session")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    new = seal(b"new", purpose="cookie", context="session")
    assert open_(old) == b"old"
    settings.ENCRYPTION_KEYS = [NEW]
    assert open_(new) == b"new"


def test_a_value_does_not_open_once_its_key_is_gone(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = [OLD]
    old = seal(b"old", purpose="cookie", context="session")
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(SealBrokenError):
        open_(old)
