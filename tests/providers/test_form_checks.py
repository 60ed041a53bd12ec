"""What a provider's form is refused for."""

from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.core.exceptions import ValidationError
from pytest_django import Settings

from providers import catalogue
from providers.form_checks import pasted, problem_of_credential
from providers.models import Provider
from sessions.models import User
from tests.fakes import ISSUER, add_provider
from tests.providers.clients.answers.entry import APPLE_EXTRA

pytestmark = pytest.mark.django_db


def test_white_space_around_pasted_values_is_removed() -> None:
    provider = add_provider("demo", client_id=" client-1\n", base_url=f" {ISSUER} ")
    assert (provider.client_id, provider.base_url) == ("client-1", ISSUER)
    assert str(provider) == "Demo"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"slug": "failed"}, "slug"),
        ({"slug": "Upper"}, "slug"),
        ({"slug": "-dash"}, "slug"),
        ({"slug": "a/b"}, "slug"),
        ({"slug": "github"}, "slug"),
        ({"kind": "nonsense"}, "kind"),
        ({"kind": "shopify", "base_url": ""}, "kind"),
        ({"kind": "slack", "base_url": "https://slack.example"}, "base_url"),
        ({"kind": "keycloak", "base_url": ""}, "base_url"),
        ({"kind": "openid_connect", "base_url": ""}, "base_url"),
        ({"kind": "discord"}, "base_url"),
        ({"base_url": "ftp://op.example"}, "base_url"),
        ({"base_url": "https://["}, "base_url"),
        ({"base_url": "https://a b"}, "base_url"),
        ({"base_url": f"{ISSUER}/?p=1"}, "base_url"),
        ({"base_url": f"{ISSUER}/.well-known/jwks.json"}, "base_url"),
        (
            {"kind": "github", "base_url": f"{ISSUER}/.well-known/openid-configuration"},
            "base_url",
        ),
        ({"extra": {"issuer": "op.example"}}, "extra_issuer"),
        ({"kind": "okta", "extra": {"issuer": ISSUER}}, "extra_issuer"),
        ({"base_url": "https://user:password@op.example"}, "base_url"),
        ({"token_endpoint_auth_method": "none"}, "token_endpoint_auth_method"),
    ],
    ids=str,
)
def test_refuses_a_provider_with(fields: dict[str, Any], field: str) -> None:
    given = {"slug": "demo", "kind": "openid_connect", "base_url": ISSUER} | fields
    with pytest.raises(ValidationError) as refusal:
        add_provider(**given)
    assert field in refusal.value.message_dict


def test_http_is_for_the_inside_only(settings: Settings) -> None:
    settings.IS_LOOPBACK = False
    with pytest.raises(ValidationError, match="https"):
        add_provider("demo", base_url="http://op.example")
    assert add_provider("demo", base_url="http://op.example", allow_private_network=True).pk


def test_a_slug_may_be_the_name_of_its_own_kind() -> None:
    assert add_provider("google", "google").catalogued.base_url == "https://accounts.google.com"


def test_accounts_that_are_left_under_a_slug_are_not_given_to_another_server(alice: User) -> None:
    SocialAccount.objects.create(user=alice, provider="demo", uid="1")
    with pytest.raises(ValidationError, match="still use this slug"):
        add_provider("demo")
    assert add_provider("demo-2").slug == "demo-2"


def test_the_slug_never_changes() -> None:
    provider = add_provider("demo")
    provider.slug = "other"
    with pytest.raises(ValidationError, match="You can't change the slug"):
        provider.clean()


def test_kind_and_base_url_cannot_change_while_there_are_accounts(alice: User) -> None:
    provider = add_provider("demo")
    provider.base_url = "https://other.example"
    provider.clean()
    SocialAccount.objects.create(user=alice, provider="demo", uid="alice")
    with pytest.raises(ValidationError, match="while people sign in"):
        provider.clean()


@pytest.mark.parametrize("kind", ["shopify", "feishu", "notion", "vk"])
def test_a_kind_whose_needs_are_not_met_says_why(kind: str) -> None:
    assert catalogue.kind(kind).not_yet


def pem(key: PrivateKeyTypes, password: bytes | None = None) -> str:
    sealed = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed).decode()


P256 = ec.generate_private_key(ec.SECP256R1())
PUBLIC = P256.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
WRONG_KEYS = {
    "not a key": "not a key",
    "cut": pem(P256)[:-60],
    "another curve": pem(ec.generate_private_key(ec.SECP384R1())),
    "another algorithm": pem(Ed25519PrivateKey.generate()),
    "encrypted": pem(P256, b"password"),
    "a public key": PUBLIC,
    "too long": pem(P256) + "A" * 4000,
}


@pytest.mark.parametrize("key", WRONG_KEYS.values(), ids=WRONG_KEYS)
def test_refuses_for_apple_what_is_no_private_key_on_p_256(key: str) -> None:
    with pytest.raises(ValidationError, match="an unencrypted P-256 private key") as refusal:
        add_provider("apple", "apple", extra=APPLE_EXTRA | {"private_key": key})
    assert set(refusal.value.message_dict) == {"extra_private_key"}


@pytest.mark.parametrize(
    ("kind", "extra", "key", "problem"),
    [
        ("apple", APPLE_EXTRA | {"team_id": ""}, "team_id", "This value is missing"),
        ("apple", APPLE_EXTRA | {"team_id": "lower12345"}, "team_id", "ten capital letters"),
        ("apple", APPLE_EXTRA | {"key_id": "SHORT"}, "key_id", "ten capital letters"),
        ("apple", APPLE_EXTRA | {"tenant": "common"}, "tenant", "does not use this value"),
        ("microsoft", {}, "tenant", "This value is missing"),
        ("microsoft", {"tenant": "example.com"}, "tenant", "directory .tenant. ID"),
        ("microsoft", {"tenant": "common/../x"}, "tenant", "directory .tenant. ID"),
        ("github", {"tenant": "common"}, "tenant", "does not use this value"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_refuses_extra_values_that(
    kind: str, extra: dict[str, str], key: str, problem: str
) -> None:
    with pytest.raises(ValidationError, match=problem) as refusal:
        add_provider(kind, kind, extra=extra)
    assert set(refusal.value.message_dict) == {f"extra_{key}"}


def test_the_tenant_cannot_change_while_there_are_accounts(alice: User) -> None:
    provider = add_provider("microsoft", "microsoft", extra={"tenant": "common"})
    SocialAccount.objects.create(user=alice, provider="microsoft", uid="alice")
    provider.extra = {"tenant": "organizations"}
    with pytest.raises(ValidationError, match="while people sign in"):
        provider.clean()


def test_a_provider_of_a_kind_that_is_gone_can_become_one_that_is_there() -> None:
    provider = add_provider("work", "github")
    Provider.objects.update(kind="gone")
    provider.clean()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("secret", "secret"),
        (" secret\r\n", "secret"),
        ("\u00a0secret\u2003", "secret"),
        ("\ufeffsecret\u200b", "secret"),
        ("sec\u200bret", "secret"),
        ("sec\u00adret", "secret"),
        ("\u200e \u202asecret\u202c \u2069", "secret"),
        ("a secret", "a secret"),
        ("-----BEGIN\nline\n", "-----BEGIN\nline"),
        (" \u200b ", ""),
    ],
    ids=ascii,
)
def test_what_came_along_unseen_is_removed(text: str, value: str) -> None:
    assert pasted(text) == value


@pytest.mark.parametrize(
    "text", ["a\nb", "a\tb", "a\u00a0b", "a\u2028b", "secr\u00e9t", "a\x00b", "a”"]
)
def test_refuses_a_credential_with_what_none_has_inside(text: str) -> None:
    assert "Copy it again" in problem_of_credential(text)
    assert text not in problem_of_credential(text)


@pytest.mark.parametrize("text", ["", "secret", "a secret", "~!+/=%&\\\"'"])
def test_a_credential_may_have_every_printable_character_of_ascii(text: str) -> None:
    assert problem_of_credential(text) == ""
