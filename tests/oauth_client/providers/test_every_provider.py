"""The whole flow of every provider that we name, with answers in its documented shape."""

import base64
import logging
import time
from dataclasses import replace
from typing import Any

import jwt
import pytest
import responses
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import Settings

from accounts.models import Session, User
from oauth_client import catalogue
from oauth_client.models import Provider
from tests.fakes import begin, failure_code
from tests.oauth_client.providers import answers
from tests.oauth_client.providers.answers import APPLE, EVERY, LINKEDIN, Answers, OpenID, Plain

pytestmark = pytest.mark.django_db
HOST = {"host": "localhost:8000"}
every = pytest.mark.parametrize("provider", EVERY, ids=lambda provider: provider.kind)
PLAIN = [provider for provider in EVERY if isinstance(provider.server, Plain)]
OPENID = [provider for provider in EVERY if isinstance(provider.server, OpenID)]


@pytest.fixture(autouse=True)
def _log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


def rows() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (User, Session, SocialAccount, EmailAddress))


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
    sent = answers.form(call)
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
    asked = answers.asked(location)
    assert location.partition("?")[0] == provider.server.authorization_endpoint
    delimiter = "," if provider.kind == "facebook" else " "
    assert asked.get("scope", "") == provider.scope.replace(" ", delimiter)


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
    ("status", "code"),
    [
        (400, "profile_refused"),
        (401, "profile_refused"),
        (403, "profile_refused"),
        (429, "rate_limited"),
        (500, "provider_unavailable"),
        (503, "provider_unavailable"),
    ],
)
@pytest.mark.parametrize("provider", PLAIN, ids=lambda provider: provider.kind)
@responses.activate
def test_an_api_that_refuses_is_told_from_one_that_is_down_at(
    client: Client,
    caplog: pytest.LogCaptureFixture,
    provider: Answers,
    status: int,
    code: str,
) -> None:
    provider.add()
    provider.publish()
    assert isinstance(provider.server, Plain)
    method, url, _ = provider.server.calls[0]
    responses.replace(method, url, json={"error": "no"}, status=status)
    responses.mock.assert_all_requests_are_fired = False
    asked = begin(client, provider.kind)
    provider.vouch("")
    client.get(f"/sign-in/{provider.kind}/callback/", {"code": "c", "state": asked["state"]})
    assert failure_code(caplog.text) == code
    assert rows() == (0, 0, 0, 0)


@pytest.mark.parametrize("value", ["true", "True", 1, [True], None], ids=repr)
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
    server = answers.GITHUB.server
    assert isinstance(server, Plain)
    calls = tuple(
        (method, url.replace("https://api.github.com", f"{base}/api/v3"), told)
        for method, url, told in server.calls
    )
    own = Plain(f"{base}/login/oauth/authorize", f"{base}/login/oauth/access_token", calls)
    provider = replace(answers.GITHUB, server=own, row={"base_url": f"{base}/"})
    provider.add("work")
    assert provider.sign_in(client, "work") == "/account/"
    assert all(str(call.request.url).startswith(base) for call in responses.calls)


@responses.activate
def test_a_gitlab_of_ones_own_is_asked_at_its_own_address(client: Client) -> None:
    base = "https://gitlab.example.org"
    own = OpenID(
        base, f"{base}/oauth/authorize", f"{base}/oauth/token", f"{base}/oauth/discovery/keys",
        answers.MAIL | {"sub": "7", "name": "Alice Archer"},
    )  # fmt: skip
    provider = replace(answers.GITLAB, server=own, row={"base_url": f"{base}/"})
    provider.add("work")
    assert provider.sign_in(client, "work") == "/account/"
    assert all(str(call.request.url).startswith(base) for call in responses.calls)


@pytest.mark.parametrize("provider", [APPLE, answers.MICROSOFT], ids=lambda p: p.kind)
def test_without_the_right_encryption_keys_the_site_is_not_ready_for(
    client: Client, caplog: pytest.LogCaptureFixture, settings: Settings, provider: Answers
) -> None:
    provider.add()
    settings.ENCRYPTION_KEYS = [b"another key, thirty-two bytes..."]
    client.post(f"/sign-in/{provider.kind}/")
    assert failure_code(caplog.text) == "provider_not_ready"


@pytest.mark.parametrize("provider", [APPLE, answers.MICROSOFT], ids=lambda p: p.kind)
def test_without_what_its_kind_needs_the_site_is_not_ready_for(
    client: Client, caplog: pytest.LogCaptureFixture, provider: Answers
) -> None:
    provider.add()
    Provider.objects.update(sealed_extra="")
    client.post(f"/sign-in/{provider.kind}/")
    assert failure_code(caplog.text) == "provider_not_ready"


# What one provider does otherwise


@responses.activate
def test_apple_gets_a_client_secret_that_we_have_just_signed(client: Client) -> None:
    APPLE.add()
    APPLE.sign_in(client)
    secret = answers.form(responses.calls[0])["client_secret"]
    header = jwt.get_unverified_header(secret)
    audience = "https://appleid.apple.com"
    claims = jwt.decode(secret, answers.APPLE_KEY.public_key(), ["ES256"], audience=audience)
    assert (header["alg"], header["kid"]) == ("ES256", "KEY1234567")
    assert (claims["iss"], claims["sub"]) == ("TEAM123456", "client-1")
    assert 0 < claims["exp"] - time.time() <= 300


@responses.activate
def test_apple_is_asked_to_answer_by_post_with_a_code_alone(client: Client) -> None:
    APPLE.add()
    asked = begin(client, "apple")
    assert asked["response_mode"] == "form_post"
    assert asked["response_type"] == "code"


@responses.activate
def test_linkedin_may_leave_the_nonce_out_but_not_send_another(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    LINKEDIN.add()
    LINKEDIN.sign_in(client, nonce="another")
    assert failure_code(caplog.text) == "nonce_mismatch"


@pytest.mark.parametrize("provider", [p for p in OPENID if p is not LINKEDIN], ids=lambda p: p.kind)
@responses.activate
def test_nobody_else_may_leave_the_nonce_out(
    client: Client, caplog: pytest.LogCaptureFixture, provider: Answers
) -> None:
    provider.add()
    provider.sign_in(client, nonce=None)
    assert failure_code(caplog.text) == "nonce_mismatch"


@responses.activate
def test_the_same_user_id_in_another_slack_workspace_is_another_person(client: Client) -> None:
    answers.SLACK.add()
    answers.SLACK.sign_in(client, email="one@example.com")
    responses.reset()
    team = {"https://slack.com/team_id": "T0OTHER"}
    answers.SLACK.sign_in(Client(headers=HOST), email="two@example.com", **team)
    assert User.objects.count() == 2


@pytest.mark.parametrize("team", [None, "", ["T0R7GR"], 0, True], ids=repr)
@responses.activate
def test_a_slack_user_of_no_workspace_is_nobody(
    client: Client, caplog: pytest.LogCaptureFixture, team: object
) -> None:
    answers.SLACK.add()
    answers.SLACK.sign_in(client, **{"https://slack.com/team_id": team})
    assert failure_code(caplog.text) == "subject_invalid"


def many_tenants(tenant: str = "common") -> Answers:
    server = answers.MICROSOFT.server
    assert isinstance(server, OpenID)
    base = "https://login.microsoftonline.com"
    own = replace(
        server,
        discovery=f"{base}/{tenant}/v2.0",
        document_issuer=f"{base}/{{tenantid}}/v2.0",
    )
    return replace(answers.MICROSOFT, server=own, row={"extra": {"tenant": tenant}})


@pytest.mark.parametrize("tenant", ["common", "organizations"])
@responses.activate
def test_many_tenants_each_have_their_own_issuer(client: Client, tenant: str) -> None:
    provider = many_tenants(tenant)
    provider.add()
    assert provider.sign_in(client) == "/account/"
    assert SocialAccount.objects.get().uid == answers.MICROSOFT.told.sub


OTHER = "11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    "claims",
    [
        {"tid": OTHER},
        {"iss": f"https://login.microsoftonline.com/{OTHER}/v2.0"},
        {"iss": "https://login.microsoftonline.com/{tenantid}/v2.0"},
        {"iss": "https://mallory.example/v2.0", "tid": "../mallory.example"},
        {"iss": "https://login.microsoftonline.com/common/v2.0", "tid": "common"},
        {"tid": ["x"]},
    ],
    ids=str,
)
@responses.activate
def test_an_issuer_that_is_not_the_tenants_is_refused(
    client: Client, caplog: pytest.LogCaptureFixture, claims: dict[str, Any]
) -> None:
    provider = many_tenants()
    provider.add()
    provider.sign_in(client, **claims)
    assert failure_code(caplog.text) == "issuer_mismatch"


PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"


@pytest.mark.parametrize(
    ("key_issuer", "goes_in"),
    [
        ("https://login.microsoftonline.com/{tenantid}/v2.0", True),
        (f"https://login.microsoftonline.com/{answers.TENANT}/v2.0", True),
        (f"https://login.microsoftonline.com/{PERSONAL}/v2.0", False),
        ("https://mallory.example/{tenantid}/v2.0", False),
    ],
)
@responses.activate
def test_a_key_signs_for_the_tenants_alone_that_it_is_for(
    client: Client, caplog: pytest.LogCaptureFixture, key_issuer: str, goes_in: bool
) -> None:
    provider = many_tenants()
    assert isinstance(provider.server, OpenID)
    provider = replace(provider, server=replace(provider.server, key_issuer=key_issuer))
    provider.add()
    assert (provider.sign_in(client) == "/account/") is goes_in
    assert goes_in or failure_code(caplog.text) == "issuer_mismatch"


@responses.activate
def test_one_tenant_lets_nobody_of_another_in(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    answers.MICROSOFT.add()
    issuer = f"https://login.microsoftonline.com/{OTHER}/v2.0"
    answers.MICROSOFT.sign_in(client, iss=issuer, tid=OTHER)
    assert failure_code(caplog.text) == "issuer_mismatch"


@responses.activate
def test_personal_accounts_are_a_tenant_of_their_own(client: Client) -> None:
    server = answers.MICROSOFT.server
    assert isinstance(server, OpenID)
    own = replace(server, issuer=f"https://login.microsoftonline.com/{PERSONAL}/v2.0")
    row = {"extra": {"tenant": "consumers"}}
    provider = replace(answers.MICROSOFT, server=own, row=row)
    provider.add()
    assert provider.sign_in(client, tid=PERSONAL) == "/account/"


@pytest.mark.parametrize("issuer", ["https://git.example.org", "https://git.example.org/"])
@responses.activate
def test_a_gitea_with_or_without_a_slash_is_the_same(client: Client, issuer: str) -> None:
    server = answers.GITEA.server
    assert isinstance(server, OpenID)
    provider = replace(answers.GITEA, server=replace(server, issuer=issuer))
    provider.add()
    assert provider.sign_in(client) == "/account/"


@responses.activate
def test_reddit_knows_people_by_id_and_not_by_name(client: Client) -> None:
    answers.REDDIT.add()
    answers.REDDIT.sign_in(client)
    profile = responses.calls[1].request
    assert profile.headers["User-Agent"] == "Signet"
    assert SocialAccount.objects.get().uid == "1w72"


@responses.activate
def test_facebook_is_asked_for_no_more_of_a_profile_than_is_kept(client: Client) -> None:
    answers.FACEBOOK.add()
    answers.FACEBOOK.sign_in(client)
    asked = answers.asked(str(responses.calls[1].request.url))
    assert asked["fields"] == "id,name,email"


def test_every_well_known_kind_is_among_these() -> None:
    elsewhere = {"openid_connect"}  # tests/oauth_client/providers/test_openid_connect.py
    known = {kind.id for kind in catalogue.FIRST_CLASS} - elsewhere
    assert known <= {provider.kind for provider in EVERY}
    assert len(answers.NAMED) == 24
