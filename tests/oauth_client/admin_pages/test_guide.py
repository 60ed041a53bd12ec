"""The left column: what to do at the provider."""

import pytest
from django.test import Client

from oauth_client.admin_pages import guide
from providers.models import Provider
from tests.fakes import add_provider
from tests.oauth_client.admin_pages.forms import ADD, FORM, change

pytestmark = pytest.mark.django_db
CALLBACK = "http://localhost:8000/sign-in/{}/callback/</textarea>"
HIDDEN = 'data-base-url="http://localhost:8000" hidden>'


def page_of(admin: Client, kind: str, **headers: str) -> str:
    response = admin.get(ADD, {"kind": kind}, headers=headers)
    return " ".join(response.content.decode().split())


def test_the_steps_are_in_the_providers_own_words(admin: Client) -> None:
    page = page_of(admin, "bitbucket_oauth2")
    assert "paste the redirect URI into <strong>Callback URL</strong>" in page
    assert "Bitbucket calls this “Key”." in page
    assert "Bitbucket calls this “Callback URL”." in page
    assert 'href="https://bitbucket.org/account/workspaces/"' in page
    assert "<code>account</code> </dt> <dd> user ID, name and picture" in page


def test_the_steps_of_a_kind_that_we_have_not_read_about_say_so(admin: Client) -> None:
    page = page_of(admin, "zoom")
    assert "General steps" in page
    assert "The names on the provider's own pages may differ." in page
    assert "developer console of" not in page
    assert "This provider needs no scope for signing in." in page


def test_the_redirect_uri_is_the_one_of_the_slug_in_the_form(admin: Client) -> None:
    assert CALLBACK.format("github") in page_of(admin, "github")
    assert 'data-pattern="http://localhost:8000/sign-in/SLUG/callback/"' in page_of(admin, "github")
    again = admin.post(ADD, FORM | {"slug": "work", "client_secret": ""}).content.decode()
    assert CALLBACK.format("work") in again


@pytest.mark.parametrize("slug", ["my github", "a/b", "Upper", ""])
def test_with_a_slug_that_cannot_be_it_is_one_that_can(admin: Client, slug: str) -> None:
    page = admin.post(ADD, FORM | {"slug": slug}).content.decode()
    assert CALLBACK.format("openid_connect") in page


def test_the_page_of_a_provider_has_its_own_console(admin: Client) -> None:
    base_url = "https://git.example.com"
    provider = add_provider("work", "gitlab", base_url=base_url)
    page = admin.get(change(provider)).content.decode()
    assert f'href="{base_url}/-/user_settings/applications"' in page
    assert CALLBACK.format("work") in page
    assert "data-pattern" not in page


def test_a_server_that_names_people_by_what_can_be_given_away_has_a_warning(admin: Client) -> None:
    assert "NEVER REASSIGN A LOGIN NAME" in page_of(admin, "nextcloud")
    assert "LET NOBODY SIGN IN WITH A SHARED MAILBOX" in page_of(admin, "mailcow")
    assert 'class="whose-id' not in page_of(admin, "google")


@pytest.mark.parametrize(
    ("fields", "is_told"),
    [
        ({"vouches_for": ""}, True),
        ({"vouches_for": "example.com"}, False),
        ({"vouches_for": "*"}, False),
    ],
)
def test_what_an_unlisted_domain_costs_is_told_on_the_page(
    admin: Client, fields: dict[str, str], *, is_told: bool
) -> None:
    page = admin.get(change(add_provider(**fields))).content.decode()
    assert ("every address from it counts as unverified" in page) is is_told
    assert ("to Trusted email domains on its page" in page) is is_told


def test_it_is_told_before_the_provider_is_added(admin: Client) -> None:
    assert "every address from it counts as unverified" in page_of(admin, "openid_connect")
    assert "every address from it counts as unverified" not in page_of(admin, "github")


def test_the_scope_that_the_admin_chose_is_explained(admin: Client) -> None:
    provider = add_provider("work", "gitlab", scope="openid read_api")
    assert "<code>read_api</code>" in admin.get(change(provider)).content.decode()


@pytest.mark.parametrize(
    ("headers", "seen"),
    [
        ({"X-Forwarded-Proto": "https"}, "https://localhost:8000"),
        ({"X-Forwarded-Proto": "https, http"}, "https://localhost:8000"),
        ({"X-Forwarded-Host": "id.example.com"}, "http://id.example.com"),
        (
            {"X-Forwarded-Host": "ID.example.com:443", "X-Forwarded-Proto": "https"},
            "https://id.example.com",
        ),
        ({"X-Forwarded-Host": "<b>", "X-Forwarded-Proto": "x"}, "x://&lt;b&gt;"),
    ],
    ids=range(5),
)
def test_warns_when_base_url_is_not_where_the_browser_is(
    admin: Client, headers: dict[str, str], seen: str
) -> None:
    page = page_of(admin, "github", **headers)
    assert f'<code class="other-address">{seen}</code>' in page
    assert HIDDEN not in page


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "localhost:8000"}],
    ids=range(2),
)
def test_does_not_warn_when_they_are_the_same(admin: Client, headers: dict[str, str]) -> None:
    assert HIDDEN in page_of(admin, "github", **headers)


@pytest.mark.parametrize(
    "text",
    ["plain", "*all*", "press *Save*.", "*<b>* & <i>", ""],
    ids=range(5),
)
def test_what_stands_between_asterisks_is_strong_and_everything_is_escaped(text: str) -> None:
    html = guide.emphasised(text)
    assert html.replace("<strong>", "*").replace("</strong>", "*").count("*") == text.count("*")
    assert "<b>" not in html
    assert "<i>" not in html


def test_offers_what_this_site_can_do_with_a_provider(admin: Client) -> None:
    provider = add_provider()
    page = admin.get(change(provider)).content.decode()
    here = f"/admin/providers/provider/{provider.pk}"
    for address in (f"{here}/check/", f"{here}/try/?by_page"):
        assert f'<form method="post" action="{address}">' in page


def test_a_provider_of_a_kind_that_is_gone_has_no_guide(admin: Client) -> None:
    provider = add_provider()
    Provider.objects.update(kind="gone")
    assert "redirect-uri" not in admin.get(change(provider)).content.decode()
