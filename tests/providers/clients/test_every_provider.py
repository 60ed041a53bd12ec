"""The whole flow of every provider that we name, with answers in its documented shape."""

import base64
from dataclasses import replace
from typing import Any

import pytest
import responses
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import Settings

from providers import catalogue
from providers.models import Provider
from sessions.models import User
from tests.fakes import begin, failure_code, rows
from tests.providers.clients.answers import EVERY, NAMED
from tests.providers.clients.answers.entry import MAIL, Answers, OpenID, Plain, asked, form
from tests.providers.clients.answers.openid import APPLE, GITLAB, MICROSOFT
from tests.providers.clients.answers.plain import GITHUB

pytestmark = pytest.mark.django_db
HOST = {"host": "localhost:8000"}
every = pytest.mark.parametrize("provider", EVERY, ids=lambda provider: provider.kind)
PLAIN = [provider for provider in EVERY if isinstance(provider.server, Plain)]
OPENID = [provider for provider in EVERY if isinstance(provider.server, OpenID)]


@every
@responses.activate
def test_somebody_signs_in_through(client: Client, provider: Answers) -> None:
    row = provider.add()
    assert provider.sign_in(client) == "/account/"
    account = SocialAccount.objects.select_related("user").get()
    claims = client.get("/api/session").json()
    assert (account.provider, account.uid) == (row.slug, provider.told.sub)
    assert claims["name"] == provider.told.name
    assert claims.get("email", "") == provider.told.email
    assert claims.get("email_verified", False) is provider.told.email_verified
    assert claims["idp"] == row.slug


@every
@responses.activate
def test_exactly_these_requests_are_sent_to(client: Client, provider: Answers) -> None:
    provider.add()
    provider.sign_in(client)
    calls = [call.request for call in responses.calls]
    sent = [f"{call.method} {str(call.url).partition('?')[0]}" for call in calls]
    assert sent == provider.requests


@every
@responses.activate
def test_the_code_is_redeemed_as_documented_at(client: Client, provider: Answers) -> None:
    row = provider.add()
    provider.sign_in(client)
    (call,) = (c for c in responses.calls if c.request.url == provider.server.token_endpoint)
    sent = form(call)
    assert sent.pop("grant_type") == "authorization_code"
    assert (sent.pop("code"), sent.pop("redirect_uri")) == ("c", row.redirect_uri)
    assert ("code_verifier" in sent) is provider.sends_verifier
    assert len(sent.pop("code_verifier", "v" * 43)) == 43
    if provider.uses_basic:
        pair = base64.b64encode(b"client-1:the+client+secret").decode()
        assert call.request.headers["Authorization"] == f"Basic {pair}"
    else:
        assert sent.pop("client_id") == "client-1"
        assert sent.pop("client_secret") == "the client secret" or provider is APPLE
    assert sent == {}


@every
@responses.activate
def test_a_visitor_is_asked_for_no_more_than_signing_in_needs(
    client: Client, provider: Answers
) -> None:
    provider.add()
    provider.publish()
    location = client.post(f"/sign-in/{provider.kind}/")["Location"]
    sent = asked(location)
    assert location.partition("?")[0] == provider.server.authorization_endpoint
    delimiter = "," if provider.kind == "facebook" else " "
    assert sent.get("scope", "") == provider.scope.replace(" ", delimiter)


@every
@responses.activate
def test_nobody_without_an_id_gets_an_account_through(
    client: Client, caplog: pytest.LogCaptureFixture, provider: Answers
) -> None:
    provider.add()
    for profile in without_id(provider):
        responses.reset()
        profile.sign_in(client, **({"sub": None} if profile in OPENID else {}))
        assert failure_code(caplog.text) in ("subject_invalid", "profile_malformed")
    assert rows() == (0, 0, 0, 0)


def without_id(provider: Answers) -> list[Answers]:
    """Return the provider with its first profile without any id, and with an id that is null."""
    if isinstance(provider.server, OpenID):
        return [provider]
    (method, url, profile), *others = provider.server.calls
    ids = ("id", "user_id", "account_id")
    bent = [_bent(profile, dict.fromkeys(ids)), _without(profile, ids)]
    servers = [replace(provider.server, calls=((method, url, one), *others)) for one in bent]
    return [replace(provider, server=server) for server in servers]


def _bent(profile: Any, members: dict[str, Any]) -> Any:
    if not isinstance(profile, dict):
        return profile
    inner = {name: _bent(value, members) for name, value in profile.items()}
    return inner | {name: value for name, value in members.items() if name in profile}


def _without(profile: Any, names: tuple[str, ...]) -> Any:
    if not isinstance(profile, dict):
        return profile
    return {name: _without(value, names) for name, value in profile.items() if name not in names}


@pytest.mark.parametrize(
    ("provider", "status"),
    [
        *((provider, status) for provider in PLAIN for status in (401, 503)),
        *((GITHUB, status) for status in (400, 403, 429, 500)),
    ],
    ids=lambda value: getattr(value, "kind", value),
)
@responses.activate
def test_an_api_that_refuses_is_told_from_one_that_is_down_at(
    client: Client,
    caplog: pytest.LogCaptureFixture,
    provider: Answers,
    status: int,
) -> None:
    provider.add()
    provider.publish()
    assert isinstance(provider.server, Plain)
    method, url, _ = provider.server.calls[0]
    responses.replace(method, url, json={"error": "no"}, status=status)
    responses.mock.assert_all_requests_are_fired = False
    state = begin(client, provider.kind)["state"]
    provider.vouch("")
    client.get(f"/sign-in/{provider.kind}/callback/", {"code": "c", "state": state})
    expected = {429: "rate_limited", 500: "provider_unavailable", 503: "provider_unavailable"}
    assert failure_code(caplog.text) == expected.get(status, "profile_refused")
    assert rows() == (0, 0, 0, 0)


@pytest.mark.parametrize("value", ["true", 1, None], ids=repr)
@pytest.mark.parametrize("provider", OPENID, ids=lambda provider: provider.kind)
@responses.activate
def test_only_json_true_proves_an_address_to(
    client: Client, provider: Answers, value: object
) -> None:
    provider.add()
    mail = {"email": "alice@example.com", "email_verified": value}
    assert provider.sign_in(client, **mail) == "/account/"
    assert client.get("/api/session").json()["email_verified"] is False


@every
@responses.activate
def test_two_applications_of_one_kind_share_nobody(provider: Answers) -> None:
    for slug in ("one", "two"):
        responses.reset()
        provider.add(slug)
        browser = Client(headers=HOST)
        unproven = {"email": f"{slug}@example.com", "email_verified": False}
        others = _with_address(provider, slug)
        others.sign_in(browser, slug, **(unproven if provider in OPENID else {}))
    uids = list(SocialAccount.objects.values_list("provider", "uid"))
    assert sorted(uids) == [("one", provider.told.sub), ("two", provider.told.sub)]
    assert User.objects.count() == 2


def _with_address(provider: Answers, slug: str) -> Answers:
    """Return the provider with another address in every profile, so that none is in use."""
    if isinstance(provider.server, OpenID):
        return provider
    calls = tuple(
        (method, url, _readdressed(told, slug)) for method, url, told in provider.server.calls
    )
    return replace(provider, server=replace(provider.server, calls=calls))


def _readdressed(told: Any, slug: str) -> Any:
    if isinstance(told, list):
        return [_readdressed(entry, slug) for entry in told]
    return _bent(told, {"email": f"{slug}@example.com"})


@responses.activate
def test_github_enterprise_is_asked_at_its_own_address(client: Client) -> None:
    base = "https://github.example.org"
    server = GITHUB.server
    assert isinstance(server, Plain)
    calls = tuple(
        (method, url.replace("https://api.github.com", f"{base}/api/v3"), told)
        for method, url, told in server.calls
    )
    own = Plain(f"{base}/login/oauth/authorize", f"{base}/login/oauth/access_token", calls)
    provider = replace(GITHUB, server=own, row={"base_url": f"{base}/"})
    provider.add("work")
    assert provider.sign_in(client, "work") == "/account/"
    assert all(str(call.request.url).startswith(base) for call in responses.calls)


@responses.activate
def test_a_gitlab_of_ones_own_is_asked_at_its_own_address(client: Client) -> None:
    base = "https://gitlab.example.org"
    own = OpenID(
        base, f"{base}/oauth/authorize", f"{base}/oauth/token", f"{base}/oauth/discovery/keys",
        MAIL | {"sub": "7", "name": "Alice Archer"},
    )  # fmt: skip
    provider = replace(GITLAB, server=own, row={"base_url": f"{base}/"})
    provider.add("work")
    assert provider.sign_in(client, "work") == "/account/"
    assert all(str(call.request.url).startswith(base) for call in responses.calls)


@pytest.mark.parametrize("provider", [APPLE, MICROSOFT], ids=lambda p: p.kind)
def test_without_the_right_encryption_keys_the_site_is_not_ready_for(
    client: Client, caplog: pytest.LogCaptureFixture, settings: Settings, provider: Answers
) -> None:
    provider.add()
    settings.ENCRYPTION_KEYS = [b"another key, thirty-two bytes..."]
    client.post(f"/sign-in/{provider.kind}/")
    assert failure_code(caplog.text) == "secret_unreadable"


@pytest.mark.parametrize("provider", [APPLE, MICROSOFT], ids=lambda p: p.kind)
def test_without_what_its_kind_needs_the_site_is_not_ready_for(
    client: Client, caplog: pytest.LogCaptureFixture, provider: Answers
) -> None:
    provider.add()
    Provider.objects.update(sealed_extra="")
    client.post(f"/sign-in/{provider.kind}/")
    assert failure_code(caplog.text) == "setting_missing"


def test_every_well_known_kind_is_among_these() -> None:
    elsewhere = {"openid_connect"}  # tests/providers/clients/test_openid_connect.py
    known = {kind.id for kind in catalogue.FIRST_CLASS} - elsewhere
    assert known <= {provider.kind for provider in EVERY}
    assert len(NAMED) == 23
