import pytest
from django.test import Client
from pytest_django import Settings

from access_rules.models import AccessRule
from providers.models import Provider
from tests.fakes import ISSUER, add_provider
from tests.oauth_client.admin_pages.forms import ADD, APPLE, FORM, LIST, MICROSOFT, change
from tests.providers.clients.answers.entry import APPLE_EXTRA, APPLE_PEM

pytestmark = pytest.mark.django_db


def test_an_admin_adds_a_provider(admin: Client) -> None:
    assert admin.get(ADD, {"kind": "openid_connect"}).status_code == 200
    response = admin.post(ADD, FORM)
    provider = Provider.objects.get()
    assert response["Location"] == change(provider)
    assert (provider.client_id, provider.client_secret) == ("client-1", "the client secret")


def test_an_admin_chooses_how_the_secret_is_sent(admin: Client) -> None:
    assert (
        "client_secret_basic: in the Authorization header"
        in admin.get(ADD, {"kind": "github"}).content.decode()
    )
    admin.post(ADD, FORM | {"token_endpoint_auth_method": "client_secret_post"})
    assert Provider.objects.get().token_endpoint_auth_method == "client_secret_post"


def test_another_way_of_sending_the_secret_is_an_error_on_the_form(admin: Client) -> None:
    response = admin.post(ADD, FORM | {"token_endpoint_auth_method": "private_key_jwt"})
    assert response.status_code == 200
    assert not Provider.objects.exists()


def test_a_new_provider_needs_its_secret(admin: Client) -> None:
    response = admin.post(ADD, FORM | {"client_secret": ""})
    assert "Enter the client secret." in response.content.decode()
    assert not Provider.objects.exists()


def test_a_kind_that_does_not_exist_is_an_error_on_the_form(admin: Client) -> None:
    response = admin.post(ADD, FORM | {"kind": "nonsense"})
    assert response.status_code == 200
    assert not Provider.objects.exists()


@pytest.mark.parametrize("slug", ["my github", "My GitHub!", "failed", "a/b", ""])
def test_a_slug_that_cannot_be_is_an_error_on_the_form(admin: Client, slug: str) -> None:
    response = admin.post(ADD, FORM | {"slug": slug})
    assert response.status_code == 200
    assert not Provider.objects.exists()


def test_the_secret_is_never_shown(admin: Client) -> None:
    provider = add_provider("demo", client_secret="a-pasted-secret")
    provider.next_client_secret = "another-pasted-secret"
    provider.save()
    for url in (change(provider), LIST):
        page = admin.get(url).content.decode()
        assert "-pasted-secret" not in page
        assert provider.sealed_client_secret not in page
        assert provider.sealed_next_client_secret not in page


def test_a_secret_that_was_refused_is_not_shown_again(admin: Client) -> None:
    secrets = {"client_secret": "a-pasted\tsecret", "next_client_secret": "a-pasted-secret"}
    page = admin.post(change(add_provider("demo")), FORM | secrets).content.decode()
    assert "This value contains a line break or a tab." in page
    assert "a-pasted" not in page


def test_the_redirect_uri_is_shown_to_be_copied(admin: Client) -> None:
    page = admin.get(change(add_provider("demo"))).content.decode()
    assert ">http://localhost:8000/sign-in/demo/callback/</textarea>" in page


def test_an_empty_secret_keeps_the_stored_one(admin: Client) -> None:
    provider = add_provider("demo")
    admin.post(change(provider), FORM | {"client_secret": "", "name": "Renamed"})
    provider = Provider.objects.get()
    assert (provider.name, provider.client_secret) == ("Renamed", "the client secret")


def test_another_address_needs_the_secret_again(admin: Client) -> None:
    provider = add_provider("demo")
    form = FORM | {"base_url": "https://mallory.example", "client_secret": ""}
    response = admin.post(change(provider), form)
    assert "Enter the secret again" in response.content.decode()
    assert Provider.objects.get().base_url == ISSUER


def test_an_admin_may_paste_the_whole_address_of_the_document(admin: Client) -> None:
    address = f"{ISSUER}/.well-known/openid-configuration"
    assert admin.post(ADD, FORM | {"base_url": address}).status_code == 302
    assert Provider.objects.get().base_url == address


def test_an_admin_is_told_which_address_is_needed(admin: Client) -> None:
    form = FORM | {"base_url": f"{ISSUER}/.well-known/jwks.json"}
    page = admin.post(ADD, form).content.decode()
    assert f"the address of its discovery document: {ISSUER}/.well-known/openid-con" in page


# What some kinds need beyond ID and secret


def test_an_issuer_that_few_need_is_under_more(admin: Client) -> None:
    page = admin.get(ADD, {"kind": "openid_connect"}).content.decode()
    assert page.index("id_extra_issuer") > page.index("id_enabled")
    form = FORM | {"extra_issuer": "https://other.example/"}
    assert admin.post(ADD, form).status_code == 302
    assert Provider.objects.get().extra == {"issuer": "https://other.example/"}


def test_another_issuer_needs_the_secret_again(admin: Client) -> None:
    """What decides whose answers are believed is never changed without the secret."""
    form = FORM | {"extra_issuer": "https://mallory.example", "client_secret": ""}
    page = admin.post(change(add_provider("demo")), form).content.decode()
    assert "Enter the secret again" in page


def test_an_admin_adds_apple_without_a_client_secret(admin: Client) -> None:
    page = admin.get(ADD, {"kind": "apple"}).content.decode()
    assert "extra_team_id" in page
    assert "extra_tenant" not in page
    assert 'name="client_secret"' not in page
    assert admin.post(ADD, FORM | APPLE).status_code == 302
    provider = Provider.objects.get()
    assert provider.client_secret == ""
    assert provider.extra == APPLE_EXTRA | {"private_key": APPLE_PEM.strip()}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (APPLE | {"extra_team_id": ""}, "This value is missing. Ten letters"),
        (APPLE | {"extra_private_key": "no key"}, "an unencrypted P-256 private key"),
        (MICROSOFT, "This value is missing. The directory"),
        (MICROSOFT | {"extra_tenant": "example.com"}, "Enter a directory (tenant) ID"),
        (MICROSOFT | {"extra_tenant": "common", "client_secret": ""}, "Enter the client secret."),
    ],
    ids=range(5),
)
def test_what_a_kind_does_not_take_is_an_error_on_the_form(
    admin: Client, fields: dict[str, str], text: str
) -> None:
    response = admin.post(ADD, FORM | fields)
    page = response.content.decode()
    assert response.status_code == 200
    assert text in page
    assert "PRIVATE KEY" not in page
    assert not Provider.objects.exists()


def test_what_another_kind_needs_is_not_kept(admin: Client) -> None:
    admin.post(ADD, FORM | APPLE | {"client_secret": "a secret", "extra_tenant": "common"})
    provider = Provider.objects.get()
    assert (provider.client_secret, set(provider.extra)) == ("", set(APPLE_EXTRA))


def test_a_secret_among_the_extra_values_is_never_shown(admin: Client) -> None:
    provider = add_provider("apple", "apple", extra=APPLE_EXTRA, client_secret="")
    page = admin.get(change(provider)).content.decode()
    assert 'value="TEAM123456"' in page
    assert "Leave empty to keep the stored one." in page
    assert "extra_tenant" not in page
    assert 'name="client_secret"' not in page
    assert 'name="base_url"' not in page
    assert not [line for line in APPLE_PEM.splitlines() if line in page]


def test_an_empty_key_keeps_the_stored_one_and_the_ids_are_changed(admin: Client) -> None:
    provider = add_provider("apple", "apple", extra=APPLE_EXTRA, client_secret="")
    form = FORM | APPLE | {"extra_private_key": "", "extra_key_id": "KEY7654321"}
    assert admin.post(change(provider), form).status_code == 302
    extra = Provider.objects.get().extra
    assert (extra["key_id"], extra["private_key"]) == ("KEY7654321", APPLE_PEM.strip())


def test_another_tenant_needs_the_secret_again(admin: Client) -> None:
    provider = add_provider("ms", "microsoft", extra={"tenant": "common"})
    form = FORM | MICROSOFT | {"client_secret": "", "extra_tenant": "organizations"}
    assert "Enter the secret again" in admin.post(change(provider), form).content.decode()
    assert Provider.objects.get().extra == {"tenant": "common"}
    assert admin.post(change(provider), form | {"client_secret": "new"}).status_code == 302
    assert Provider.objects.get().extra == {"tenant": "organizations"}


def test_the_same_tenant_does_not_need_the_secret_again(admin: Client) -> None:
    provider = add_provider("ms", "microsoft", extra={"tenant": "common"})
    form = FORM | MICROSOFT | {"client_secret": "", "extra_tenant": "common", "name": "Renamed"}
    assert admin.post(change(provider), form).status_code == 302
    assert Provider.objects.get().client_secret == "the client secret"


def test_extra_values_that_cannot_be_opened_are_entered_again(
    admin: Client, settings: Settings
) -> None:
    provider = add_provider("apple", "apple", extra=APPLE_EXTRA, client_secret="")
    Provider.objects.update(sealed_extra="broken")
    assert admin.get(change(provider)).status_code == 200
    assert admin.post(change(provider), FORM | APPLE).status_code == 302
    assert Provider.objects.get().extra["team_id"] == "TEAM123456"


def test_a_provider_of_a_kind_that_is_gone_says_so(admin: Client) -> None:
    provider = add_provider("work", "github")
    Provider.objects.update(kind="gone")
    assert admin.get(change(provider)).status_code == 200
    page = admin.post(change(provider), FORM | {"base_url": ""}).content.decode()
    assert "Unknown kind of provider." in page


def test_the_list_says_what_is_wrong_with_a_row(admin: Client) -> None:
    provider = add_provider("work", "github")
    Provider.objects.update(kind="gone")
    rows = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "_save": "Save"}
    row = {"form-0-id": str(provider.pk), "form-0-position": "3"}
    page = admin.post(LIST, rows | row).content.decode()
    assert "Unknown kind of provider." in page


def test_several_providers_are_changed_in_the_list(admin: Client) -> None:
    provider = add_provider("ms", "microsoft", extra={"tenant": "common"})
    rows = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "_save": "Save"}
    row = {"form-0-id": str(provider.pk), "form-0-position": "3"}
    assert admin.post(LIST, rows | row).status_code == 302
    changed = Provider.objects.get()
    assert (changed.position, changed.enabled, changed.extra) == (3, False, {"tenant": "common"})


def test_slug_and_kind_are_fixed_once_saved(admin: Client) -> None:
    provider = add_provider("demo")
    admin.post(change(provider), FORM | {"slug": "other", "kind": "github"})
    provider = Provider.objects.get()
    assert (provider.slug, provider.kind) == ("demo", "openid_connect")


def test_a_provider_is_not_deleted_by_a_click(admin: Client) -> None:
    provider = add_provider("demo")
    url = f"/admin/providers/provider/{provider.pk}/delete/"
    assert admin.post(url, {"post": "yes"}).status_code == 403
    assert Provider.objects.exists()


def test_every_field_of_the_list_and_of_the_rules_has_a_name(admin: Client) -> None:
    provider = add_provider()
    AccessRule.objects.create(provider=provider, kind="email", value="bob@example.com")
    listed = admin.get(LIST).content.decode()
    assert f'aria-label="Enabled: {provider.name}"' in listed
    assert f'aria-label="Position: {provider.name}"' in listed
    page = admin.get(change(provider)).content.decode()
    for name in ("Kind", "Value", "Groups", "Position", "Delete"):
        assert f'aria-label="{name}"' in page


def test_without_scripts_a_link_leads_to_a_new_rule_of_the_provider(admin: Client) -> None:
    provider = add_provider()
    where = f"/admin/access_rules/accessrule/add/?provider={provider.pk}"
    shown = admin.get(change(provider)).content.decode()
    assert where in shown.partition("<noscript>")[2].partition("</noscript>")[0]
    assert f'<option value="{provider.pk}" selected>' in admin.get(where).content.decode()
    assert "Add an access rule" not in admin.get(ADD, {"kind": "github"}).content.decode()


def test_a_form_without_its_kind_is_refused_and_shown_again(admin: Client) -> None:
    page = admin.post(f"{ADD}?kind=openid_connect", {"slug": "no slug"})
    assert page.status_code == 200
    assert "Please correct the errors below." in page.content.decode()
