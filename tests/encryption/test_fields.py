import pytest

from encryption import SealBrokenError, seal
from encryption.fields import Sealed
from sessions.models import Session
from sessions.signing_keys.models import SigningKey


@pytest.fixture
def key() -> SigningKey:
    row = SigningKey()
    row.private_key = "the secret"
    return row


def test_reads_what_was_written(key: SigningKey) -> None:
    assert key.private_key == "the secret"


def test_the_column_holds_only_the_sealed_value(key: SigningKey) -> None:
    assert "secret" not in key.sealed_private_key
    assert "the secret" not in str(vars(key))


def test_an_empty_secret_stays_empty(key: SigningKey) -> None:
    key.private_key = ""
    assert (key.sealed_private_key, key.private_key) == ("", "")


@pytest.mark.django_db
def test_is_readable_after_a_way_through_the_database(key: SigningKey) -> None:
    key.public_jwk = {}
    key.save()
    assert SigningKey.objects.get().private_key == "the secret"


def test_a_value_moved_to_another_row_does_not_open(key: SigningKey) -> None:
    other = SigningKey(sealed_private_key=key.sealed_private_key)
    with pytest.raises(SealBrokenError):
        _ = other.private_key


@pytest.mark.parametrize(
    "place",
    [
        "signet_sessions_signingkey:sealed_public_key:{pk}",
        "providers_provider:sealed_private_key:{pk}",
        "signet_sessions_signingkey:sealed_private_key:",
    ],
    ids=["another column", "another table", "no row"],
)
def test_a_value_from_another_place_does_not_open(key: SigningKey, place: str) -> None:
    context = place.format(pk=key.pk)
    key.sealed_private_key = seal(b"moved", purpose="column", context=context)
    with pytest.raises(SealBrokenError):
        _ = key.private_key


def test_a_value_moved_between_two_columns_of_a_row_does_not_open(key: SigningKey) -> None:
    Sealed("kid").__set__(key, "moved")
    key.sealed_private_key = key.kid
    with pytest.raises(SealBrokenError):
        _ = key.private_key


def test_a_value_moved_between_two_tables_does_not_open(key: SigningKey) -> None:
    elsewhere = Session(pk=key.pk)
    Sealed("sealed_private_key").__set__(elsewhere, "moved")
    key.sealed_private_key = vars(elsewhere)["sealed_private_key"]
    with pytest.raises(SealBrokenError):
        _ = key.private_key


def test_a_cookie_pasted_into_a_column_does_not_open(key: SigningKey) -> None:
    context = f"signet_sessions_signingkey:sealed_private_key:{key.pk}"
    key.sealed_private_key = seal(b"moved", purpose="sign-in in progress", context=context)
    with pytest.raises(SealBrokenError):
        _ = key.private_key


def test_the_class_itself_has_no_secret() -> None:
    assert isinstance(SigningKey.private_key, Sealed)
