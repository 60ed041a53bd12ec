"""Adding a provider begins with the choice of its kind."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from oauth_client.admin_pages.guide import free_slug
from providers import catalogue, form_checks
from providers.models import Provider
from sessions.models import User
from tests.fakes import add_provider
from tests.oauth_client.admin_pages.forms import ADD, FORM, NO_RULES

pytestmark = pytest.mark.django_db


def addable(page: str) -> list[str]:
    return re.findall(r'href="\?kind=(\w+)"', page)


def test_every_kind_is_listed_and_those_that_are_not_yet_cannot_be_chosen(admin: Client) -> None:
    page = admin.get(ADD).content.decode()
    kinds = catalogue.kinds().values()
    assert sorted(addable(page)) == sorted(kind.id for kind in kinds if not kind.not_yet)
    assert addable(page)[:2] == ["github", "google"]
    assert "Shopify</span> <small>each shop has its own endpoints" in page


def test_the_search_works_without_a_script_and_shows_what_was_searched(admin: Client) -> None:
    page = admin.get(ADD, {"q": ' entra"'}).content.decode()
    assert 'value="entra&quot;"' in page
    assert addable(admin.get(ADD, {"q": "Entra ID"}).content.decode()) == ["microsoft"]


def test_a_search_that_finds_nothing_leads_to_any_issuer(admin: Client) -> None:
    page = admin.get(ADD, {"q": "our own thing"}).content.decode()
    assert addable(page) == ["openid_connect"]
    assert "No provider matches." in page


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("nonsense", "Unknown kind of provider."),
        ("shopify", "You can't add Shopify yet: each shop has its own endpoints"),
    ],
)
def test_a_kind_that_cannot_be_added_leads_back_with_the_reason(
    admin: Client, kind: str, problem: str
) -> None:
    for response in (admin.get(ADD, {"kind": kind}), admin.post(ADD, FORM | {"kind": kind})):
        assert problem in unescape(response.content.decode())
    assert not Provider.objects.exists()


@pytest.mark.parametrize("query", [{}, {"kind": "github"}], ids=["catalogue", "form"])
def test_only_who_may_add_providers_sees_it(
    admin: Client, alice: User, query: dict[str, str]
) -> None:
    User.objects.update(is_superuser=False)
    assert admin.get(ADD, query).status_code == 403
    alice.user_permissions.add(Permission.objects.get(codename="add_provider"))
    assert admin.get(ADD, query).status_code == 200


def test_who_may_only_add_is_led_to_a_page_that_opens(admin: Client, alice: User) -> None:
    User.objects.update(is_superuser=False)
    alice.user_permissions.add(Permission.objects.get(codename="add_provider"))
    response = admin.post(ADD, FORM, follow=True)
    assert response.status_code == 200
    assert Provider.objects.exists()


def test_name_and_slug_are_filled_in_and_two_values_are_left(admin: Client) -> None:
    page = admin.get(ADD, {"kind": "github"}).content.decode()
    assert re.search('name="name" value="GitHub"', page)
    assert re.search('name="slug" value="github"', page)
    given = {"kind": "github", "name": "GitHub", "slug": "github", "enabled": "on", "position": "0"}
    form = NO_RULES | given
    admin.post(f"{ADD}?kind=github", form | {"client_id": "an-id", "client_secret": "a-secret"})
    provider = Provider.objects.get()
    assert (provider.client_id, provider.client_secret) == ("an-id", "a-secret")
    assert provider.enabled


def test_a_link_fills_in_nothing_that_decides_where_the_secret_goes(admin: Client) -> None:
    query = {"kind": "github", "base_url": "https://mallory.example", "slug": "mallory"}
    page = admin.get(ADD, query).content.decode()
    assert "mallory" not in re.sub(r"<form.*?>|<a .*?>", "", page)


@pytest.mark.parametrize(
    ("kind", "taken", "slug"),
    [
        ("github", [], "github"),
        ("github", ["github"], "github-2"),
        ("github", ["github", "github-2"], "github-3"),
        ("twitter_oauth2", [], "twitter"),
        ("Daum", [], "daum"),
        ("openid_connect", [], "openid_connect"),
    ],
)
def test_the_slug_that_is_filled_in_is_free(kind: str, taken: list[str], slug: str) -> None:
    for name in taken:
        add_provider(name, "github")
    assert free_slug(catalogue.kind(kind)) == slug


def test_the_slug_of_every_kind_is_one_that_it_may_have() -> None:
    for kind in catalogue.addable_kinds():
        provider = Provider(kind=kind.id, slug=free_slug(kind))
        form_checks._check_slug(provider)
        provider._meta.get_field("slug").run_validators(provider.slug)


def shape_of(kind: catalogue.Kind) -> tuple[object, ...]:
    """Return what the form of a kind depends on."""
    address = (kind.takes_base_url, kind.needs_base_url)
    return (
        *address,
        kind.takes_secret,
        kind.extra,
        kind.verified_claim,
        bool(kind.warning),
    )


OF_EACH_SHAPE = {shape_of(kind): kind for kind in reversed(catalogue.addable_kinds())}


@pytest.mark.parametrize("kind", OF_EACH_SHAPE.values(), ids=lambda kind: kind.id)
def test_every_kind_has_a_page_with_the_fields_that_it_needs(
    admin: Client, kind: catalogue.Kind
) -> None:
    page = admin.get(ADD, {"kind": kind.id}).content.decode()
    shown = set(re.findall(r' name="(\w+)"', page))
    assert shown >= {"kind", "client_id", "name", "slug"}
    assert ("client_secret" in shown) is kind.takes_secret
    assert ("base_url" in shown) is kind.takes_base_url
    assert {name for name in shown if name.startswith("extra_")} == {
        f"extra_{key.name}" for key in kind.extra
    }
    before_more = page[: page.index("<details><summary>")]
    assert (' name="base_url"' in before_more) is kind.needs_base_url
