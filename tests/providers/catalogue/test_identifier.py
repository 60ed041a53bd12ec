"""Every kind says whose id it sends."""

import pytest
from django.test import Client

from providers import catalogue
from providers.catalogue.entry import Reuse, Verifier, Whose, entries
from providers.models import Provider
from tests.fakes import add_provider

KINDS = list(catalogue.kinds().values())
# At these, a verdict on an address is the provider's own.
THEIR_OWN = {
    *("github", "google", "apple", "gitlab", "linkedin_oauth2", "twitch", "yahoo"),
    *("discord", "dropbox", "patreon"),
}


def test_every_kind_has_an_answer_with_its_source() -> None:
    for kind in KINDS:
        assert kind.identifier.whose is not Whose.UNKNOWN, kind.id
        assert len(kind.identifier.source) > 5, kind.id


def test_there_is_an_entry_for_no_kind_that_is_gone() -> None:
    known = [*entries("well_known.toml"), *entries("others.toml")]
    assert sorted(known) == sorted(kind.id for kind in KINDS)


def test_who_verifies_addresses_is_known_of_every_kind_that_says_verified() -> None:
    for kind in KINDS:
        assert (kind.identifier.verifier is not Verifier.NOBODY) is bool(kind.verified_claim), (
            kind.id
        )


def test_the_kinds_whose_word_counts_unlisted_are_named() -> None:
    assert {kind.id for kind in KINDS if kind.identifier.verifier is Verifier.PROVIDER} == THEIR_OWN


def test_no_kind_can_be_added_that_makes_one_person_of_two() -> None:
    for kind in catalogue.addable_kinds():
        assert kind.identifier.whose is not Whose.COMPANY, kind.id
        assert kind.identifier.reuse is not Reuse.POSSIBLE, kind.id


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


def test_a_kind_that_allauth_adds_later_is_not_yet_before_anybody_has_checked() -> None:
    assert "have not checked yet" in catalogue.Kind("later", "Later").identifier.why_not


@pytest.mark.parametrize(
    ("kind_id", "words"),
    [
        ("nextcloud", "BY THEIR LOGIN NAME"),
        ("lemonldap", "BY THEIR LOGIN NAME"),
        ("mailcow", "BY THEIR MAILBOX"),
        ("openid_connect", "THE OPERATOR OF THIS SERVER DECIDES"),
        ("netiq", "THE OPERATOR OF THIS SERVER DECIDES"),
        ("authentik", "THE OPERATOR OF THIS SERVER DECIDES"),
    ],
)
def test_what_whoever_runs_the_server_must_not_do_is_said_in_capitals(
    kind_id: str, words: str
) -> None:
    warning = catalogue.kind(kind_id).warning
    assert words in warning
    assert warning == warning.upper() or "“sub”" in warning.lower()


def test_no_other_kind_warns() -> None:
    warning = {kind.id for kind in catalogue.addable_kinds() if kind.warning}
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
