from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.upkeep import secrets, sessions_alive, signing_key
from sessions.models import Session, SigningKey, User
from sessions.signing_keys import keyring
from tests.fakes import add_provider

pytestmark = pytest.mark.django_db
SOON = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "alive"),
    [
        pytest.param({}, 1, id="in use"),
        pytest.param({"revoked_at": -SOON}, 0, id="revoked"),
        pytest.param({"expires_at": -SOON}, 0, id="expired"),
        pytest.param({"refreshed_at": -15 * DAY}, 0, id="idle"),
    ],
)
def test_counts_a_session_while_it_can_be_used(
    alice: User, changes: dict[str, timedelta], alive: int
) -> None:
    now = timezone.now()
    times = {name: now + shift for name, shift in ({"expires_at": SOON} | changes).items()}
    Session.objects.create(user=alice, auth_time=now, **times)
    assert sessions_alive() == alive


@pytest.mark.parametrize(
    ("days", "state", "words"),
    [
        (-2, "error", "The client secret expired 2 days ago."),
        (12, "warning", "The client secret expires in 12 days."),
    ],
    ids=["expired", "soon"],
)
def test_names_a_secret_that(days: int, state: str, words: str) -> None:
    provider = add_provider(secret_expires_on=timezone.localdate() + days * DAY)
    [notice] = secrets()
    assert (notice.state, notice.name, notice.words) == (state, provider.name, words)
    assert notice.url == f"/admin/providers/provider/{provider.pk}/change/"


def test_says_how_old_the_signing_key_is() -> None:
    keyring.ensure_signing_key()
    notice = signing_key(timezone.now() + DAY + SOON)
    assert notice.state == "fine"
    assert notice.words == "ES256, 1 day old; the next takes over by itself in 88 days."


def test_warns_of_a_signing_key_whose_successor_is_late() -> None:
    keyring.ensure_signing_key()
    notice = signing_key(timezone.now() + 91 * DAY)
    assert notice.state == "warning"
    assert "91 days old, and its successor is late" in notice.words


def test_says_that_there_is_no_signing_key() -> None:
    assert not SigningKey.objects.exists()
    assert signing_key().state == "error"
