from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.home import secret_reminders, signing_key_reminders
from sessions.signing_keys import keyring
from sessions.signing_keys.models import SigningKey
from tests.fakes import add_provider
from tests.sessions.signing_keys.keys import State, id_token_key

pytestmark = pytest.mark.django_db
SOON = timedelta(hours=1)
DAY = timedelta(days=1)


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
    [notice] = secret_reminders()
    assert (notice.state, notice.name, notice.words) == (state, provider.name, words)
    assert notice.url == f"/admin/providers/provider/{provider.pk}/change/"


def test_says_how_old_the_signing_key_is() -> None:
    keyring.ensure_signing_key()
    [notice] = signing_key_reminders(timezone.now() + DAY + SOON)
    assert notice.state == "fine"
    assert notice.words == "ES256, 1 day old. Rotates automatically in 88 days."


def test_warns_of_a_signing_key_whose_successor_is_late() -> None:
    keyring.ensure_signing_key()
    [notice] = signing_key_reminders(timezone.now() + 91 * DAY)
    assert notice.state == "warning"
    assert "91 days old, and the next one is late" in notice.words


def test_says_how_old_the_key_for_id_tokens_is_where_there_is_one() -> None:
    keyring.ensure_signing_key()
    id_token_key(State.SIGNING, signs_from=timezone.now() - 91 * DAY).save()
    first, second = signing_key_reminders(timezone.now() + SOON)
    assert (first.name, first.state) == ("Signing key", "fine")
    assert (second.name, second.state) == ("Signing key for ID tokens", "warning")
    assert "91 days old, and the next one is late" in second.words


def test_says_that_there_is_no_signing_key() -> None:
    assert not SigningKey.objects.exists()
    assert [notice.state for notice in signing_key_reminders()] == ["error"]
