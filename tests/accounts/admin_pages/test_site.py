import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from pytest_django import Settings

from sessions.models import Session, User
from tests.conftest import HOST
from tests.sessions.tokens import claims_of
from web import whose_site
from web.whose_site import Known, Look

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery staple"
FORM = {"username": "root", "password": PASSWORD}


@pytest.fixture
def root(db: None) -> User:
    """The admin who comes when no provider works."""
    return User.objects.create_superuser("root", PASSWORD)


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/signet_sessions/user/", "/admin/password_change/"]
)
def test_a_stranger_is_sent_to_the_sign_in_page_from(client: Client, path: str) -> None:
    assert client.get(path)["Location"] == f"/sign-in/?next={path}"


def test_the_sign_in_page_links_to_the_password_form_on_the_way_to_the_admin(
    client: Client,
) -> None:
    page = client.get("/admin/", follow=True).content.decode()
    assert 'href="/admin/login/?next=%2Fadmin%2F"' in page


def test_the_password_form_signs_an_admin_in(client: Client, root: User) -> None:
    answer = client.post("/admin/login/?next=/admin/", FORM)
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    claims = claims_of(answer.cookies["session"].value)
    assert claims["sub"] == str(root.pk)
    assert "idp" not in claims
    assert client.get("/admin/").status_code == 200


def test_the_password_form_needs_a_csrf_token(root: User) -> None:
    browser = Client(enforce_csrf_checks=True, headers={"host": HOST})
    assert browser.post("/admin/login/", FORM).status_code == 403
    assert not Session.objects.exists()


@pytest.mark.parametrize(
    "next_", ["//mallory.example/", "https://mallory.example/", "/\\m.example"]
)
def test_the_password_form_sends_nobody_to(client: Client, root: User, next_: str) -> None:
    answer = client.post("/admin/login/", FORM | {"next": next_})
    assert answer["Location"] == "/account/"


def test_the_password_form_sends_an_admin_on_to_where_they_headed(
    client: Client, root: User
) -> None:
    answer = client.post("/admin/login/", FORM | {"next": "/admin/signet_sessions/user/"})
    assert answer["Location"] == "/admin/signet_sessions/user/"


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_admin_password_login_there_is_no_form(
    client: Client, root: User, settings: Settings, method: str
) -> None:
    settings.ADMIN_PASSWORD_LOGIN = False
    answer = getattr(client, method)("/admin/login/", FORM)
    assert answer["Location"] == "/sign-in/?next=%2Fadmin%2F"
    assert not Session.objects.exists()


def test_without_admin_password_login_nothing_links_to_the_form(
    client: Client, settings: Settings
) -> None:
    settings.ADMIN_PASSWORD_LOGIN = False
    assert "/admin/login/" not in client.get("/admin/", follow=True).content.decode()


def test_somebody_who_is_no_admin_is_told_so(alices_browser: Client) -> None:
    page = alices_browser.get("/admin/", follow=True)
    assert page.status_code == 403
    text = page.content.decode()
    assert "This page is for admins" in text
    assert 'href="/account/"' in text
    assert 'action="/sign-out/"' in text


def test_somebody_who_is_no_admin_cannot_get_in_by_a_password(client: Client, root: User) -> None:
    User.objects.filter(pk=root.pk).update(is_staff=False)
    assert client.post("/admin/login/", FORM).status_code == 200
    assert not Session.objects.exists()


def test_an_admin_through_a_provider_needs_no_password(alices_browser: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    assert alices_browser.get("/admin/").status_code == 200
    assert alices_browser.get("/admin/login/")["Location"] == "/admin/"


def test_an_admin_who_is_suspended_is_out_at_once(alices_browser: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True, is_active=False)
    assert alices_browser.get("/admin/").status_code == 302


def test_leaving_the_admin_ends_the_session(client: Client, root: User) -> None:
    token = client.post("/admin/login/", FORM).cookies["session"].value
    client.post("/admin/logout/")
    headers = {"authorization": f"Bearer {token}"}
    assert client.get("/api/session", headers=headers).status_code == 401


def test_after_ten_wrong_passwords_even_the_right_one_has_to_wait(
    client: Client, root: User
) -> None:
    for _ in range(10):
        assert client.post("/admin/login/", FORM | {"password": "wrong"}).status_code == 200
    answer = client.post("/admin/login/", FORM)
    assert answer.status_code == 429
    assert "Please wait ten minutes" in answer.content.decode()
    assert not Session.objects.exists()


def test_wrong_passwords_from_one_address_lock_nobody_out_elsewhere(
    client: Client, root: User
) -> None:
    for _ in range(10):
        client.post("/admin/login/", FORM | {"password": "x"}, REMOTE_ADDR="198.51.100.1")
    assert client.post("/admin/login/", FORM, REMOTE_ADDR="198.51.100.2").status_code == 302


def test_the_right_password_starts_the_count_again(client: Client, root: User) -> None:
    for password in ["wrong"] * 9 + [PASSWORD]:
        client.post("/admin/login/", FORM | {"password": password})
    client.post("/sign-out/")
    assert client.post("/admin/login/", FORM | {"password": "wrong"}).status_code == 200
    assert client.post("/admin/login/", FORM).status_code == 302


def test_what_allauth_would_show_of_secrets_is_not_in_the_admin() -> None:
    shown = {model._meta.label for model in admin.site._registry}
    ours = {
        "signet_sessions.User",
        "signet_sessions.GroupMembership",
        "signet_sessions.Session",
        "signet_sessions.SigningKey",
        "audit.AuditEvent",
        "oidc_provider.App",
        "oidc_provider.AppFailure",
    }
    assert shown == ours | {
        "access_rules.AccessRule",
        "providers.Provider",
        "attempts.SignInAttempt",
        "web.Site",
    }
    assert not admin.site.is_registered(Group)


def test_the_password_form_says_what_it_is_and_leads_back_to_the_providers(client: Client) -> None:
    page = client.get(
        "/admin/login/", {"next": "/admin/signet_sessions/user/?q=a"}
    ).content.decode()
    assert "<h1>Sign in with a password</h1>" in page
    assert "<title>Sign in with a password · Signet</title>" in page
    assert '"/sign-in/?next=%2Fadmin%2Fsignet_sessions%2Fuser%2F%3Fq%3Da"' in page


def test_a_wrong_password_is_told_in_words_of_this_site(client: Client, db: None) -> None:
    form = {"username": "ada", "password": "wrong"}
    page = client.post("/admin/login/", form).content.decode()
    assert "No admin has this username and password." in page
    assert "staff" not in page


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/", "/account/"])
def test_light_or_dark_is_decided_by_the_system_on_every_page(
    alices_browser: Client, alice: User, path: str
) -> None:
    User.objects.filter(pk=alice.pk).update(is_staff=True, is_superuser=True)
    page = alices_browser.get(path, follow=True).content.decode()
    assert "theme" not in page


@pytest.mark.parametrize("path", ["/admin/", "/admin/login/"])
def test_the_admin_has_name_and_mark_and_colours_of_the_site(
    client: Client, root: User, path: str
) -> None:
    look = Look("Acme & Sons", accent="#0050b3", logo="logo.0123456789ab.png", mark_width=64)
    whose_site.keep(Known(look), whose_site.begin_reading())
    if path == "/admin/":
        client.post("/admin/login/", FORM)
    page = " ".join(client.get(path).content.decode().split())
    assert re.search("<title>.* · Acme &amp; Sons</title>", page)
    assert '<img src="/site/logo.0123456789ab.png" alt="" width="64" height="32">' in page
    assert f'href="{look.admin_stylesheet}"' in page
    around = re.sub("(?s)<main.*</main>", "", page)  # texts for admins name the software
    assert "Signet" not in around
