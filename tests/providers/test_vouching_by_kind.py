"""A server that anybody may run vouches for no domain until the admin lists some."""

import pytest
import responses
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.test import Client

from oauth_client.doctor import Outcome, examine
from providers import catalogue
from providers.catalogue.entry import Verifier
from providers.models import Provider
from tests.fakes import add_provider
from tests.providers.clients.answers import EVERY
from tests.providers.clients.answers.entry import Answers

VERIFYING = [answers for answers in EVERY if answers.told.email_verified]
COMPANIES = [
    answers
    for answers in VERIFYING
    if catalogue.kind(answers.kind).identifier.verifier is Verifier.PROVIDER
]
SERVERS = [answers for answers in VERIFYING if answers not in COMPANIES]


@pytest.mark.django_db
@pytest.mark.parametrize("answers", SERVERS, ids=lambda answers: answers.kind)
@responses.activate
def test_what_a_server_calls_verified_does_not_count_unlisted(
    client: Client, answers: Answers
) -> None:
    answers.add(vouches_for="")
    assert answers.sign_in(client) == "/account/"
    assert client.get("/api/session").json()["email_verified"] is False
    assert not EmailAddress.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("answers", COMPANIES, ids=lambda answers: answers.kind)
@responses.activate
def test_what_a_company_has_verified_itself_counts_unlisted(
    client: Client, answers: Answers
) -> None:
    answers.add(vouches_for="")
    assert answers.sign_in(client) == "/account/"
    assert client.get("/api/session").json()["email_verified"] is True


@pytest.mark.parametrize("kind", ["github", "gitlab", "google", "gitea", "keycloak", "slack"])
@pytest.mark.parametrize("granted", ["*", "example.com"])
def test_a_server_vouches_for_what_the_admin_has_listed(kind: str, granted: str) -> None:
    provider = Provider(kind=kind, base_url="https://own.example.org", vouches_for=granted)
    assert provider.may_vouch_for("example.com")
    assert not provider.vouches_for_nothing


@pytest.mark.parametrize(
    ("kind", "base_url", "may"),
    [
        ("github", "", True),
        ("github", "https://github.com", True),
        ("github", "https://github.com/", True),
        ("github", "https://github.example.com", False),
        ("github", "https://github.com.mallory.example", False),
        ("gitlab", "", True),
        ("gitlab", "https://gitlab.example.com", False),
        ("google", "", True),
        ("google", "http://127.0.0.1:9000/google", False),
        ("apple", "", True),
        ("gitea", "", False),
        ("gitea", "https://gitea.com", False),
        ("salesforce", "", False),
        ("slack", "", False),
        ("openid_connect", "https://id.example.com", False),
    ],
)
def test_a_companys_word_counts_at_its_own_address_alone(
    kind: str, base_url: str, *, may: bool
) -> None:
    provider = Provider(kind=kind, base_url=base_url)
    assert provider.may_vouch_for("example.com") is may
    assert provider.vouches_for_nothing is not may


@pytest.mark.parametrize("kind", ["microsoft", "nextcloud", "gone"])
def test_a_kind_that_verifies_nothing_lacks_no_domain(kind: str) -> None:
    assert not Provider(kind=kind).vouches_for_nothing


# Where the admin is told


def added(capsys: pytest.CaptureFixture[str], *more: str) -> str:
    call_command("provider", "add", "new", "--client-id", "c", *more)
    return capsys.readouterr().out


@pytest.fixture
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNET_CLIENT_SECRET", "s")


@pytest.mark.django_db
@pytest.mark.usefixtures("_secret")
def test_the_command_says_what_an_unlisted_domain_costs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = added(capsys, "--kind", "openid_connect", "--base-url", "https://id.example.com")
    assert "counts as unverified" in said
    assert "--trusted-email-domains" in said
    assert "AN ID THAT IS NEVER REASSIGNED" in said


@pytest.mark.django_db
@pytest.mark.usefixtures("_secret")
@pytest.mark.parametrize(
    "more",
    [
        ("--kind", "gitea", "--base-url", "https://git.example.com", "--vouches-for", "a.example"),
        ("--kind", "google"),
    ],
)
def test_the_command_says_nothing_where_nothing_is_missing(
    capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
) -> None:
    assert added(capsys, *more).count("\n") == 2


@pytest.mark.django_db
@responses.activate
def test_the_check_warns_of_a_server_for_which_no_domain_is_listed() -> None:
    provider = add_provider(vouches_for="", client_secret="s")
    found = [finding for finding in examine(provider).findings if finding.check == "Settings"]
    assert [finding.outcome for finding in found] == [Outcome.WARNING]
    assert found[0].cause == catalogue.UNLISTED
    assert "--trusted-email-domains" in found[0].fix


@pytest.mark.django_db
@responses.activate
def test_the_check_says_that_a_kind_is_no_more() -> None:
    provider = add_provider("old", "discord")
    Provider.objects.update(kind="stripe")
    provider.refresh_from_db()
    causes = [finding.cause for finding in examine(provider).findings]
    assert any("it identifies companies, not people" in cause for cause in causes)


@pytest.mark.django_db
@pytest.mark.usefixtures("_secret")
def test_a_company_cannot_be_added_as_a_person() -> None:
    with pytest.raises(CommandError, match="it identifies companies, not people"):
        call_command("provider", "add", "s", "--kind", "stripe", "--client-id", "c")
