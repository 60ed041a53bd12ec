"""Of every kind it is known whose id it names people by."""

import pytest
from django.test import Client

from providers import catalogue
from providers.catalogue.identifier import Reuse, Verifier, Whose
from providers.catalogue.reading import entries
from providers.models import Provider
from tests.fakes import add_provider

KINDS = list(catalogue.kinds().values())
# At these, a verdict on an address is the provider's own.
THEIR_OWN = {
    *("github", "google", "apple", "gitlab", "linkedin_oauth2", "twitch", "yahoo"),
    *("discord", "dropbox", "patreon"),
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_every_kind_has_an_answer_with_its_source(kind: catalogue.Kind) -> None:
    identifier = kind.identifier
    assert identifier.whose is not Whose.UNKNOWN
    assert len(identifier.source) > 5


def test_there_is_an_entry_for_no_kind_that_is_gone() -> None:
    known = [*entries("well_known.toml"), *entries("others.toml")]
    assert sorted(known) == sorted(kind.id for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_who_verifies_addresses_is_known_of_every_kind_that_says_verified(
    kind: catalogue.Kind,
) -> None:
    assert (kind.identifier.verifier is not Verifier.NOBODY) is kind.vouches


def test_the_kinds_whose_word_counts_unlisted_are_named() -> None:
    assert {kind.id for kind in KINDS if kind.verifies_addresses_itself} == THEIR_OWN


@pytest.mark.parametrize("kind", catalogue.addable_kinds(), ids=lambda kind: kind.id)
def test_no_kind_can_be_added_that_makes_one_person_of_two(kind: catalogue.Kind) -> None:
    assert kind.identifier.whose is not Whose.COMPANY
    assert kind.identifier.reuse is not Reuse.POSSIBLE


@pytest.mark.parametrize(
    ("kind_id", "whose"),
    [
        ("stripe", Whose.COMPANY),
        ("klaviyo", Whose.COMPANY),
        ("dwolla", Whose.COMPANY),
        ("jupyterhub", Whose.LOGIN_NAME),
        ("drip", Whose.MAILBOX),
        ("agave", Whose.OTHER),
    ],
)
def test_an_id_that_is_nobodys_for_ever_is_the_reason_why_not(kind_id: str, whose: Whose) -> None:
    kind = catalogue.kind(kind_id)
    assert kind.identifier.whose is whose
    assert kind.not_yet == kind.identifier.why_not


def test_a_kind_that_allauth_adds_later_is_not_yet_before_anybody_has_looked() -> None:
    assert "nobody has looked yet" in catalogue.Kind("later", "Later").identifier.why_not


@pytest.mark.parametrize(
    ("kind_id", "words"),
    [
        ("nextcloud", "BY THEIR LOGIN NAME"),
        ("lemonldap", "BY THEIR LOGIN NAME"),
        ("mailcow", "BY THEIR MAILBOX"),
        ("openid_connect", "WHOEVER RUNS THIS SERVER DECIDES"),
        ("netiq", "WHOEVER RUNS THIS SERVER DECIDES"),
        ("authentik", "WHOEVER RUNS THIS SERVER DECIDES"),
    ],
)
def test_what_whoever_runs_the_server_must_not_do_is_said_in_capitals(
    kind_id: str, words: str
) -> None:
    warning = catalogue.kind(kind_id).identifier.warning
    assert words in warning
    assert warning == warning.upper() or "“sub”" in warning.lower()


def test_no_other_kind_warns() -> None:
    warning = {kind.id for kind in catalogue.addable_kinds() if kind.identifier.warning}
    assert warning == {
        *("nextcloud", "lemonldap", "mailcow", "openid_connect", "netiq", "authentik")
    }


@pytest.mark.django_db
@pytest.mark.parametrize("kind_id", ["stripe", "klaviyo", "gone"])
def test_nobody_signs_in_through_a_row_of_a_kind_that_is_no_more(
    client: Client, caplog: pytest.LogCaptureFixture, kind_id: str
) -> None:
    add_provider("old", "discord")
    Provider.objects.update(kind=kind_id)
    assert client.post("/sign-in/old/")["Location"].startswith("/sign-in/failed/")
    assert "code=setting_missing" in caplog.text
