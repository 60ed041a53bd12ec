"""Unlinking revokes the stored provider token upstream and deletes it locally."""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
import responses
from allauth.socialaccount.models import SocialAccount
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from responses import matchers

from access_rules import recheck
from access_rules.models import ProviderToken
from access_rules.stored import keep_token
from audit.models import AuditEvent
from audit.reading import is_grant_revoked
from protocol.flow import AccessToken
from protocol.limits import TOKEN_RESPONSE
from providers.models import Provider
from sessions.before_deletion import announce_deletion
from sessions.models import User
from tests.access_rules.visits import add_rule
from tests.fakes import ACCESS_TOKEN, ISSUER, FakeIssuer, add_provider, hold, session_token
from tests.rehearsal import Stage

pytestmark = pytest.mark.django_db
Capture = Callable[..., Any]  # of django_capture_on_commit_callbacks
PAGE = "/account/connections/"
REVOKE = f"{ISSUER}/revoke"
GRANT = "https://api.github.com/applications/client-1/grant"
REFRESH_TOKEN = "a-refresh-token"
APIS = {
    "github": "/github/api/v3/user",
    "google": "/google/v1/userinfo",
    "demo": "/demo/userinfo",
}
RULES = {
    "github": ("github", "acme"),
    "google": ("hosted_domain", "example.org"),
    "demo": ("claim", "groups=staff"),
}


def account_of(user: User, provider: str, **token: Any) -> SocialAccount:
    """Return an account with a stored token."""
    account: SocialAccount = SocialAccount.objects.create(user=user, provider=provider, uid="1")
    kept = AccessToken(ACCESS_TOKEN, "", {}, refresh_token=token.get("refresh_token", ""))
    keep_token(account.pk, kept, timezone.now())
    return account


def take_off(user: User, capture: Capture, *, somebody_waits: bool = True) -> None:
    """Delete somebody's accounts, and do what follows."""
    with capture(execute=True):
        accounts = SocialAccount.objects.filter(user=user)
        announce_deletion(accounts, somebody_waits=somebody_waits)
        accounts.delete()


def events() -> list[tuple[str, str, str]]:
    found = AuditEvent.objects.filter(action="provider_token_revoked").order_by("pk")
    return list(found.values_list("provider", "result", "reason"))


@pytest.fixture
def admins(client: Client) -> Client:
    admin = User.objects.create(name="Ada Admin", is_staff=True, is_superuser=True)
    browser = Client(headers={"host": "localhost:8000"})
    hold(browser, session_token(admin))
    return browser


# For real, at the simulated providers


def is_good(stage: Stage, slug: str, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    answer = requests.get(stage.simulator.url + APIS[slug], headers=headers, timeout=10)
    return answer.status_code == 200


@pytest.mark.parametrize("slug", RULES)
def test_unlinking_revokes_the_token_at_the_provider_and_deletes_it_here(
    client: Client, stage: Stage, django_capture_on_commit_callbacks: Capture, slug: str
) -> None:
    kind, value = RULES[slug]
    add_rule(Provider.objects.get(slug=slug), kind, value)
    stage.sign_in(client, slug, "ada")
    token = ProviderToken.objects.get()
    kept = token.access_token
    User.objects.update(password="pbkdf2_sha256$a-password-is-another-way-in")
    assert is_good(stage, slug, kept)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(PAGE, {"disconnect": token.pk}).status_code == 302
    assert not ProviderToken.objects.exists()
    assert not is_good(stage, slug, kept)
    assert events() == [(slug, "success", "")]


def by_the_person(stage: Stage, admins: Client, theirs: Client) -> None:
    stage.come_back(theirs, _connected(stage, theirs))
    theirs.post(PAGE, {"disconnect": SocialAccount.objects.get(provider="github").pk})


def _connected(stage: Stage, theirs: Client) -> str:
    url = theirs.post(PAGE, {"connect": "demo"})["Location"]
    return stage.simulator.choose(url, "alice", "allow") or ""


def by_an_admin(stage: Stage, admins: Client, theirs: Client) -> None:
    account = SocialAccount.objects.get(provider="github")
    form = {"name": "Alice", "handle": account.user.handle, "is_active": "on"}
    form |= {f"emailaddress_set-{each}_FORMS": "0" for each in ("TOTAL", "INITIAL")}
    form |= {f"socialaccount_set-{each}_FORMS": "1" for each in ("TOTAL", "INITIAL")}
    form |= {"socialaccount_set-0-id": account.pk, "socialaccount_set-0-user": account.user_id}
    form |= {"socialaccount_set-0-DELETE": "on"}
    admins.post(f"/admin/signet_sessions/user/{account.user_id}/change/", form)


def with_the_person(stage: Stage, admins: Client, theirs: Client) -> None:
    user = SocialAccount.objects.get(provider="github").user_id
    admins.post(f"/admin/signet_sessions/user/{user}/delete/", {"post": "yes"})


def with_selected_people(stage: Stage, admins: Client, theirs: Client) -> None:
    user = SocialAccount.objects.get(provider="github").user_id
    form = {"action": "delete_selected", "_selected_action": str(user), "post": "yes"}
    admins.post("/admin/signet_sessions/user/", form)


def with_the_provider(stage: Stage, admins: Client, theirs: Client) -> None:
    call_command("provider", "remove", "github", "--with-accounts")


@pytest.mark.parametrize(
    "disconnect",
    [by_the_person, by_an_admin, with_the_person, with_selected_people, with_the_provider],
)
def test_whichever_way_an_account_goes_its_token_goes_and_is_revoked(
    client: Client,
    admins: Client,
    stage: Stage,
    django_capture_on_commit_callbacks: Capture,
    disconnect: Callable[[Stage, Client, Client], None],
) -> None:
    add_rule(Provider.objects.get(slug="github"), "github", "acme")
    stage.sign_in(client, "github", "alice")
    kept = ProviderToken.objects.get().access_token
    with django_capture_on_commit_callbacks(execute=True):
        disconnect(stage, admins, client)
    assert not SocialAccount.objects.filter(provider="github").exists()
    assert not ProviderToken.objects.exists()
    assert not is_good(stage, "github", kept)
    assert events() == [("github", "success", "")]


# Message by message


@responses.activate
def test_both_tokens_are_sent_the_refresh_token_first(
    alice: User, django_capture_on_commit_callbacks: Capture
) -> None:
    """RFC 7009 §2.1, with the client authenticated as at the token endpoint."""
    add_provider()
    FakeIssuer(responses.mock, metadata={"revocation_endpoint": REVOKE}).publish()
    responses.post(REVOKE)
    account_of(alice, "demo", refresh_token=REFRESH_TOKEN)
    take_off(alice, django_capture_on_commit_callbacks)
    sent = [call.request for call in responses.calls if call.request.url == REVOKE]
    assert [parse_qs(str(request.body)) for request in sent] == [
        {"token": [REFRESH_TOKEN], "token_type_hint": ["refresh_token"]},
        {"token": [ACCESS_TOKEN], "token_type_hint": ["access_token"]},
    ]
    assert all(request.headers["Authorization"].startswith("Basic ") for request in sent)
    assert events() == [("demo", "success", "")]


@responses.activate
def test_a_provider_need_not_revoke_an_access_token_by_itself(
    alice: User, django_capture_on_commit_callbacks: Capture
) -> None:
    """RFC 7009 §2.2.1: unsupported_token_type. The refresh token's end is what counts."""
    add_provider()
    FakeIssuer(responses.mock, metadata={"revocation_endpoint": REVOKE}).publish()
    is_refresh = matchers.urlencoded_params_matcher(
        {"token": REFRESH_TOKEN, "token_type_hint": "refresh_token"}
    )
    responses.post(REVOKE, match=[is_refresh])
    responses.post(REVOKE, status=400, json={"error": "unsupported_token_type"})
    account_of(alice, "demo", refresh_token=REFRESH_TOKEN)
    take_off(alice, django_capture_on_commit_callbacks)
    assert events() == [("demo", "success", "")]


@responses.activate
@pytest.mark.parametrize(("refresh_token", "sent"), [(REFRESH_TOKEN,) * 2, ("", ACCESS_TOKEN)])
def test_google_is_sent_one_token_and_nothing_else(
    alice: User, django_capture_on_commit_callbacks: Capture, refresh_token: str, sent: str
) -> None:
    add_provider("google", "google", base_url=ISSUER)
    FakeIssuer(responses.mock, metadata={"revocation_endpoint": REVOKE}).publish()
    responses.post(REVOKE, match=[matchers.urlencoded_params_matcher({"token": sent})])
    account_of(alice, "google", refresh_token=refresh_token)
    take_off(alice, django_capture_on_commit_callbacks)
    assert "Authorization" not in responses.calls[-1].request.headers
    assert responses.assert_call_count(REVOKE, 1)
    assert events() == [("google", "success", "")]


@responses.activate
def test_github_is_asked_to_delete_the_grant(
    alice: User, django_capture_on_commit_callbacks: Capture
) -> None:
    add_provider("github", "github")
    body = matchers.json_params_matcher({"access_token": ACCESS_TOKEN})
    responses.delete(GRANT, status=204, match=[body])
    account_of(alice, "github")
    take_off(alice, django_capture_on_commit_callbacks)
    credentials = requests.auth._basic_auth_str("client-1", "the client secret")
    assert responses.calls[0].request.headers["Authorization"] == credentials
    assert events() == [("github", "success", "")]


@responses.activate
def test_reads_no_long_answer_to_a_revocation(
    alice: User, django_capture_on_commit_callbacks: Capture
) -> None:
    add_provider()
    FakeIssuer(responses.mock, metadata={"revocation_endpoint": REVOKE}).publish()
    responses.post(REVOKE, body=b"x" * (TOKEN_RESPONSE + 1))
    account_of(alice, "demo")
    take_off(alice, django_capture_on_commit_callbacks)
    assert events() == [("demo", "refused", "response_too_large")]


# What goes wrong changes nothing for the person

ANSWERS: dict[str, tuple[dict[str, Any], str]] = {
    "refused": ({"status": 404}, "token_refused"),
    "limited": ({"status": 429}, "rate_limited"),
    "broken": ({"status": 502}, "provider_unavailable"),
    "elsewhere": (
        {"status": 307, "headers": {"Location": "https://b.example"}},
        "unexpected_redirect",
    ),
    "unreachable": ({"body": requests.ConnectionError()}, "connection_failed"),
}


@responses.activate
@pytest.mark.parametrize(("answer", "reason"), ANSWERS.values(), ids=ANSWERS.keys())
def test_what_could_not_be_revoked_is_deleted_here_and_the_log_says_why(
    alice: User,
    django_capture_on_commit_callbacks: Capture,
    caplog: pytest.LogCaptureFixture,
    answer: dict[str, Any],
    reason: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    add_provider("github", "github")
    responses.delete(GRANT, **answer)
    account_of(alice, "github")
    take_off(alice, django_capture_on_commit_callbacks)
    assert not ProviderToken.objects.exists()
    assert events() == [("github", "refused", reason)]
    assert "token not revoked: provider=github" in caplog.text
    assert ACCESS_TOKEN not in caplog.text
    assert "client secret" not in caplog.text


def removed(provider: Provider) -> None:
    provider.delete()


def without_endpoint(provider: Provider) -> None:
    FakeIssuer(responses.mock).publish()


def of_a_kind_that_is_gone(provider: Provider) -> None:
    Provider.objects.update(kind="gone")


@responses.activate
@pytest.mark.parametrize("change", [removed, without_endpoint, of_a_kind_that_is_gone])
def test_a_provider_without_a_way_to_revoke_is_said_to_have_none(
    alice: User, django_capture_on_commit_callbacks: Capture, change: Callable[[Provider], None]
) -> None:
    change(add_provider())
    account_of(alice, "demo")
    take_off(alice, django_capture_on_commit_callbacks)
    assert events() == [("demo", "refused", "no_revocation_endpoint")]


@responses.activate
def test_a_token_that_cannot_be_opened_goes_all_the_same(
    alice: User, django_capture_on_commit_callbacks: Capture
) -> None:
    add_provider("github", "github")
    account_of(alice, "github")
    ProviderToken.objects.update(sealed_access_token="broken")
    take_off(alice, django_capture_on_commit_callbacks)
    assert not ProviderToken.objects.exists()
    assert events() == [("github", "refused", "secret_unreadable")]


@pytest.mark.parametrize(("refresh_token", "reason"), [("", "token_expired"), ("r", "timeout")])
def test_a_token_that_no_longer_works_stands_for_no_grant(
    alice: User,
    django_capture_on_commit_callbacks: Capture,
    monkeypatch: pytest.MonkeyPatch,
    refresh_token: str,
    reason: str,
) -> None:
    monkeypatch.setattr(recheck, "TOGETHER", 0)
    add_provider("github", "github")
    account_of(alice, "github", refresh_token=refresh_token)
    ProviderToken.objects.update(expires_at=timezone.now())
    take_off(alice, django_capture_on_commit_callbacks)
    assert events() == [("github", "refused", reason)]


def test_the_log_says_of_which_account_the_grant_was_revoked(
    alice: User,
    bob: User,
    stage: Stage,
    client: Client,
    django_capture_on_commit_callbacks: Capture,
) -> None:
    add_rule(Provider.objects.get(slug="github"), "github", "acme")
    stage.sign_in(client, "github", "alice")
    account = SocialAccount.objects.get()
    take_off(account.user, django_capture_on_commit_callbacks)
    assert is_grant_revoked(account.user.pk, account.pk)
    assert not is_grant_revoked(account.user.pk, account.pk + 1)
    assert not is_grant_revoked(bob.pk, account.pk)


@responses.activate
@pytest.mark.parametrize("somebody_waits", [True, False])
def test_a_provider_that_does_not_answer_is_not_asked_again(
    alice: User,
    django_capture_on_commit_callbacks: Capture,
    *,
    somebody_waits: bool,
) -> None:
    add_provider("github", "github")
    responses.delete(GRANT, body=requests.ConnectionError())
    for number in range(3):
        account = SocialAccount.objects.create(user=alice, provider="github", uid=f"n{number}")
        keep_token(account.pk, AccessToken(ACCESS_TOKEN, "", {}), timezone.now())
    take_off(alice, django_capture_on_commit_callbacks, somebody_waits=somebody_waits)
    assert len(responses.calls) == 1
    assert events() == [("github", "refused", "connection_failed")] * 3


@responses.activate
def test_nobody_waits_longer_than_the_deadline(
    alice: User, django_capture_on_commit_callbacks: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recheck, "TOGETHER", 0)
    add_provider("github", "github")
    responses.delete(GRANT, status=204)
    account_of(alice, "github")
    take_off(alice, django_capture_on_commit_callbacks)
    assert events() == [("github", "refused", "timeout")]


@responses.activate
def test_nothing_is_asked_before_the_account_is_gone(
    alice: User, django_capture_on_commit_callbacks: Capture
) -> None:
    add_provider("github", "github")
    account_of(alice, "github")
    with django_capture_on_commit_callbacks() as callbacks:
        announce_deletion(SocialAccount.objects.all())
        assert not responses.calls
    assert len(callbacks) == 1


def test_where_no_token_is_kept_nobody_is_asked(
    alice: User, django_capture_on_commit_callbacks: Capture
) -> None:
    SocialAccount.objects.create(user=alice, provider="github", uid="1")
    with django_capture_on_commit_callbacks() as callbacks:
        alice.delete()
    assert (callbacks, events()) == ([], [])
