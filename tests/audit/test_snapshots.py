import pytest

from audit.recording import difference, snapshot
from sessions.models import User
from tests.fakes import add_provider

pytestmark = pytest.mark.django_db


def test_tells_what_differs() -> None:
    provider = add_provider("demo")
    before = snapshot(provider)
    provider.name, provider.position = "Renamed", 3
    was, now = difference(before, snapshot(provider))
    assert was == {"name": "Demo", "position": 0}
    assert now == {"name": "Renamed", "position": 3}


def test_a_secret_is_changed_and_never_shown() -> None:
    provider = add_provider("demo")
    before = snapshot(provider)
    assert provider.sealed_client_secret not in repr(before)
    provider.client_secret = "another secret"
    assert difference(before, snapshot(provider)) == ({}, {"client_secret": "changed"})


def test_a_secret_that_is_taken_out_is_no_value() -> None:
    provider = add_provider("demo", extra={})
    before = snapshot(provider)
    provider.client_secret = ""
    assert difference(before, snapshot(provider)) == ({}, {"client_secret": "removed"})


def test_a_new_row_has_all_and_an_old_one_had_all() -> None:
    provider = add_provider("demo")
    _, now = difference({}, snapshot(provider))
    was, nothing = difference(snapshot(provider), {})
    assert (now["slug"], now["client_secret"]) == ("demo", "changed")
    assert was["created_at"] == now["created_at"]
    assert "client_secret" not in was
    assert nothing == {}


def test_a_password_is_a_secret_and_an_id_is_text(alice: User) -> None:
    before = snapshot(alice)
    alice.set_password("correct horse")
    assert before["id"] == str(alice.pk)
    assert difference(before, snapshot(alice)) == ({}, {"password": "changed"})


def test_what_json_knows_no_way_for_is_written_out(alice: User) -> None:
    alice.name = b"bytes"  # type: ignore[assignment]
    assert snapshot(alice)["name"] == "b'bytes'"
