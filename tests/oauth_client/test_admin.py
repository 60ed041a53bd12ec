import pytest
from django.test import Client

from accounts.models import User
from oauth_client.models import Provider
from tests.fakes import ISSUER, add_provider, session_token

pytestmark = pytest.mark.django_db
ADD = "/admin/oauth_client/provider/add/"
FORM = {
    "kind": "openid_connect",
    "slug": "demo",
    "name": "Demo",
    "client_id": " client-1 ",
    "client_secret": " the client secret\n",
    "base_url": ISSUER,
    "enabled": "on",
    "position": "0",
}


@pytest.fixture
def admin(client: Client, alice: User) -> Client:
    User.objects.update(is_staff=True, is_superuser=True)
    client.cookies["session"] = session_token(alice)
    return client


def change(provider: Provider) -> str:
    return f"/admin/oauth_client/provider/{provider.pk}/change/"


def test_an_admin_adds_a_provider(admin: Client) -> None:
    assert admin.get(ADD).status_code == 200
    response = admin.post(ADD, FORM)
    provider = Provider.objects.get()
    assert response.status_code == 302
    assert (provider.client_id, provider.client_secret) == ("client-1", "the client secret")


def test_an_admin_chooses_how_the_secret_is_sent(admin: Client) -> None:
    assert "client_secret_basic: in the header" in admin.get(ADD).content.decode()
    admin.post(ADD, FORM | {"token_endpoint_auth_method": "client_secret_post"})
    assert Provider.objects.get().token_endpoint_auth_method == "client_secret_post"


def test_another_way_of_sending_the_secret_is_an_error_on_the_form(admin: Client) -> None:
    response = admin.post(ADD, FORM | {"token_endpoint_auth_method": "private_key_jwt"})
    assert response.status_code == 200
    assert not Provider.objects.exists()


def test_a_new_provider_needs_its_secret(admin: Client) -> None:
    response = admin.post(ADD, FORM | {"client_secret": ""})
    assert "Please enter the secret." in response.content.decode()
    assert not Provider.objects.exists()


def test_a_kind_that_does_not_exist_is_an_error_on_the_form(admin: Client) -> None:
    response = admin.post(ADD, FORM | {"kind": "nonsense"})
    assert response.status_code == 200
    assert not Provider.objects.exists()


@pytest.mark.parametrize("slug", ["my github", "My GitHub!", "failed", "a/b", ""])
def test_a_slug_that_cannot_be_is_an_error_on_the_form(admin: Client, slug: str) -> None:
    response = admin.post(ADD, FORM | {"slug": slug})
    assert response.status_code == 200
    assert "/sign-in/&lt;slug&gt;/callback/" in response.content.decode()
    assert not Provider.objects.exists()


def test_the_secret_is_never_shown(admin: Client) -> None:
    provider = add_provider("demo")
    for url in (change(provider), "/admin/oauth_client/provider/"):
        page = admin.get(url).content.decode()
        assert "the client secret" not in page
        assert provider.sealed_client_secret not in page


def test_the_redirect_uri_is_shown_to_be_copied(admin: Client) -> None:
    page = admin.get(change(add_provider("demo"))).content.decode()
    assert "<code>http://localhost:8000/sign-in/demo/callback/</code>" in page


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


def test_slug_and_kind_are_fixed_once_saved(admin: Client) -> None:
    provider = add_provider("demo")
    admin.post(change(provider), FORM | {"slug": "other", "kind": "github"})
    provider = Provider.objects.get()
    assert (provider.slug, provider.kind) == ("demo", "openid_connect")


def test_a_provider_is_not_deleted_by_a_click(admin: Client) -> None:
    provider = add_provider("demo")
    url = f"/admin/oauth_client/provider/{provider.pk}/delete/"
    assert admin.post(url, {"post": "yes"}).status_code == 403
    assert Provider.objects.exists()
