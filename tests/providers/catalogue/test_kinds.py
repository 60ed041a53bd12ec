"""Every kind of the catalogue: it begins as it must, or it says why it cannot be added."""

import inspect
import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
import responses
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.notion.views import NotionOAuth2Adapter
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter
from allauth.socialaccount.providers.okta.views import OktaOAuth2Adapter
from django.core.exceptions import ValidationError
from django.test import Client

from protocol.discovery_address import issuers_of
from providers import catalogue
from providers.catalogue import Kind, kind_of, reason_not_yet
from providers.models import Provider
from sessions.recent_sign_in import RECENT_SIGN_IN
from tests.fakes import add_provider
from tests.providers.clients.answers.entry import APPLE_EXTRA, asked

KINDS = list(catalogue.kinds().values())
ADDABLE = catalogue.addable_kinds()
NOT_YET = [kind for kind in KINDS if kind.not_yet]
EXTRA = {"apple": APPLE_EXTRA, "microsoft": {"tenant": "common"}}
SECRETS = ("the client secret", "the+client+secret", "the%20client%20secret", "PRIVATE")


def add(kind: Kind) -> Provider:
    base_url = "https://own.example.org" if kind.needs_base_url else ""
    extra = EXTRA.get(kind.id, {})
    return add_provider(kind.id.lower(), kind.id, base_url=base_url, extra=extra)


def publish(provider: Provider) -> None:
    """Answer discovery for whichever address the kind looks at."""
    kind = catalogue.kind(provider.kind)
    base = issuers_of(provider.base_url or kind.base_url, kind.issuer_endings)[0]
    issuer, where = base, base.rstrip("/")
    if kind.protocol == "microsoft":
        issuer, where = f"{base}/{{tenantid}}/v2.0", f"{base}/common/v2.0"
    endpoints = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    document = {"issuer": issuer} | {name: f"{where}/{name}" for name in endpoints}
    responses.get(f"{where}/.well-known/openid-configuration", json=document)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ADDABLE, ids=lambda kind: kind.id)
@responses.activate
def test_a_sign_in_begins_by_the_code_flow_with_state_and_pkce_of_its_own(
    client: Client, kind: Kind
) -> None:
    provider = add(kind)
    publish(provider)
    forged = "?client_id=mallory&redirect_uri=https://mallory.example&scope=all&prompt=none&state=s"
    answer = client.post(f"/sign-in/{provider.slug}/{forged}", {"scope": "all", "state": "s"})
    url = urlsplit(answer["Location"])
    parameters = asked(answer["Location"])
    assert (answer.status_code, url.scheme) == (303, "https")
    assert parameters["response_type"] == "code"
    assert parameters[kind.client_id_parameter] == "client-1"
    assert parameters["redirect_uri"] == provider.redirect_uri
    assert "mallory" not in answer["Location"]
    assert (len(parameters["state"]), len(parameters["code_challenge"])) == (43, 43)
    assert parameters["code_challenge_method"] == "S256"
    assert ("nonce" in parameters) is ("openid" in parameters.get("scope", "").split())
    assert not [secret for secret in SECRETS if secret in answer["Location"]]
    another = asked(client.post(f"/sign-in/{provider.slug}/")["Location"])
    for name in {"state", "code_challenge", "nonce"} & set(parameters):
        assert parameters[name] != another[name]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", NOT_YET, ids=lambda kind: kind.id)
def test_a_kind_that_is_not_yet_is_refused_with_its_reason(kind: Kind) -> None:
    with pytest.raises(ValidationError, match="You can't add") as refusal:
        add_provider(kind.id.lower(), kind.id, base_url="")
    assert kind.not_yet in str(refusal.value)


def test_the_catalogue_has_every_oauth_2_provider_of_allauth() -> None:
    kinds = catalogue.kinds()
    assert list(kinds)[:3] == ["github", "google", "openid_connect"]
    assert len(kinds) > 100
    assert {"discord", "spotify", "slack", "apple"} <= set(kinds)
    assert len({kind.name for kind in catalogue.addable_kinds()}) > 75


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(catalogue.UnknownKindError):
        catalogue.kind("nonsense")


def test_few_kinds_are_not_yet() -> None:
    messages = {"coinbase", "dingtalk", "feishu", "notion", "shopify", "untappd", "vk", "weixin"}
    no_id = {"agave", "bitly", "drip", "edx", "exist", "hubic", "jupyterhub"}
    companies = {"dwolla", "klaviyo", "stripe"}
    assert {kind.id for kind in NOT_YET} == messages | no_id | companies


def test_every_kind_is_known_to_allauth_under_some_name() -> None:
    assert not [
        kind.id for kind in KINDS if (kind.allauth_id or kind.id) not in registry.provider_map
    ]


def test_the_least_is_asked_for() -> None:
    assert catalogue.kind("github").scope == ("user:email",)
    assert "offline_access" not in {scope for kind in KINDS for scope in kind.scope}


def test_no_kind_has_a_check_left_out_but_those_that_are_named() -> None:
    assert [kind.id for kind in KINDS if not kind.returns_nonce] == ["linkedin_oauth2"]
    assert [kind.id for kind in KINDS if not kind.sends_verifier] == ["linkedin_oauth2"]
    assert [kind.id for kind in KINDS if kind.response_mode] == ["apple"]
    assert [kind.id for kind in KINDS if not kind.takes_secret] == ["apple"]


def test_the_kinds_that_cannot_be_made_to_ask_again_are_named() -> None:
    openid = [kind for kind in catalogue.FIRST_CLASS if "openid" in kind.scope]
    unable = {kind.id for kind in openid if not kind.login_again}
    assert unable == {"apple", "slack", "linkedin_oauth2", "gitea", "forgejo"}
    unproven = {kind.id for kind in openid if kind.login_again and kind.max_age is None}
    assert unproven == {"google", "microsoft", "twitch", "yahoo", "salesforce"}
    assert {kind.max_age for kind in openid} == {None, RECENT_SIGN_IN}


def test_where_a_kind_knows_no_way_to_another_account_people_sign_out_there() -> None:
    openid = [kind for kind in catalogue.FIRST_CLASS if "openid" in kind.scope]
    assert all(kind.offers_accounts != bool(kind.sign_out) for kind in openid)
    assert catalogue.kind("gitea").sign_out_url("https://git.example/") == "https://git.example"
    assert catalogue.kind("forgejo").sign_out_url() == ""


@pytest.mark.parametrize(
    ("adapter", "reason"),
    [
        (OktaOAuth2Adapter, "endpoints need further settings"),
        (NotionOAuth2Adapter, "does not follow RFC 6749"),
        (
            type(
                "Own",
                (OAuth2Adapter,),
                {
                    "authorize_url": "https://a.example",
                    "access_token_url": "https://a.example",
                    "get_access_token_data": None,
                },
            ),
            "does not follow RFC 6749",
        ),
    ],
)
def test_a_kind_that_allauth_adds_later_is_looked_at_before_it_counts(
    adapter: Any, reason: str
) -> None:
    later: type[OAuth2Provider] = SimpleNamespace(id="later", oauth2_adapter_class=adapter)  # type: ignore[assignment]
    assert reason in reason_not_yet(later, catalogue.Kind("later", "Later"))


def test_a_misspelt_member_of_an_entry_is_refused() -> None:
    with pytest.raises(TypeError, match="base_ulr"):
        kind_of("later", {"name": "Later", "base_ulr": "https://later.example"})


def test_the_account_key_is_never_an_address_a_name_or_a_time() -> None:
    """Of what can become another person's, no account is made."""
    for kind in catalogue.addable_kinds():
        if kind.protocol is not catalogue.Protocol.ALLAUTH or kind.sub_claims:
            continue
        reads = inspect.getsource(registry.get_class(kind.allauth_id or kind.id).extract_uid)
        _, _, body = reads.partition("return")
        suspects = re.findall(r"email|name|login|time", body)
        assert not suspects, f"{kind.id} goes by {suspects}: {body.strip()}"
