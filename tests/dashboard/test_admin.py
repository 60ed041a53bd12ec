"""The page of the admin that says whose site it is."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from audit.models import Action, AuditEvent
from sessions.models import User
from tests.conftest import HOST
from tests.fakes import hold, session_token
from tests.web.pictures import png, svg
from web import whose_site
from web.models import Site

pytestmark = pytest.mark.django_db
PAGE = "/admin/web/site/1/change/"
FORM = {
    "name": "Acme",
    "accent": "#0050b3",
    "support": "help@acme.example",
    "terms": "https://acme.example/terms",
    "privacy": "",
}


def picture(data: bytes, name: str = "logo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_way_leads_to_the_one_page(admin: Client) -> None:
    assert 'href="/admin/web/site/"' in admin.get("/admin/").content.decode()
    assert admin.get("/admin/web/site/")["Location"] == PAGE


def test_the_page_is_there_before_anything_is_set(admin: Client) -> None:
    page = text(admin.get(PAGE))
    assert "<h1>Name and look</h1>" in page
    assert "Remove the logo" not in page
    assert not Site.objects.exists()


@pytest.mark.parametrize("path", ["/admin/web/site/2/change/", "/admin/web/site/x/change/"])
def test_there_is_no_other_site(admin: Client, path: str) -> None:
    assert admin.get(path)["Location"] == "/admin/"


@pytest.mark.parametrize("path", ["/admin/web/site/add/", "/admin/web/site/1/delete/"])
def test_no_site_is_added_or_removed(admin: Client, path: str) -> None:
    assert admin.get(path).status_code == 403


def test_what_is_saved_is_on_the_pages_and_in_the_log(
    admin: Client, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = admin.post(PAGE, FORM | {"picture": picture(png())})
    assert response["Location"] == "/admin/web/site/"
    page = text(Client(headers={"host": HOST}).get("/sign-in/"))
    assert "<title> Sign in · Acme</title>" in page
    assert '<a href="mailto:help@acme.example">Help</a>' in page
    assert '<a href="https://acme.example/terms">Terms</a>' in page
    assert "Privacy" not in page
    event = AuditEvent.objects.get(target_label="Acme")
    assert (event.action, event.actor_id) == (Action.CHANGED, str(alice.pk))
    assert event.after["name"] == "Acme"
    assert event.after["logo_name"] == whose_site.current().logo
    assert "logo" not in event.after


def test_a_field_that_is_left_alone_stays(admin: Client) -> None:
    admin.post(PAGE, FORM | {"picture": picture(png())})
    admin.post(PAGE, FORM | {"name": "Acme & Sons"})
    site = Site.objects.get()
    assert (site.name, bytes(site.logo)) == ("Acme & Sons", png())
    assert f'<img src="/site/{site.logo_name}" alt="" width="64" height="32">' in text(
        admin.get(PAGE)
    )


def test_a_logo_is_replaced_and_removed(admin: Client) -> None:
    admin.post(PAGE, FORM | {"picture": picture(png())})
    admin.post(PAGE, FORM | {"picture": picture(svg(), "x.svg")})
    assert Site.objects.get().logo_name.endswith(".svg")
    admin.post(PAGE, FORM | {"without_logo": "on"})
    assert Site.objects.get().logo_name == ""


def test_a_logo_is_not_both_new_and_removed(admin: Client) -> None:
    admin.post(PAGE, FORM | {"picture": picture(png())})
    response = admin.post(PAGE, FORM | {"picture": picture(svg()), "without_logo": "on"})
    assert "Choose a new logo or remove the old one, not both." in text(response)
    assert Site.objects.get().logo_name.endswith(".png")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("accent", "#ffcc00", "The nearest colour that can be read is #"),
        ("support", "javascript:alert(1)", "Enter an email address, or an address that begins"),
        ("terms", "http://acme.example", "Enter an address that begins with https://."),
        ("picture", picture(b"GIF89a"), "This is not a PNG, JPEG, WebP or plain SVG image"),
    ],
)
def test_what_is_bad_is_refused_beside_its_field(
    admin: Client, field: str, value: Any, words: str
) -> None:
    response = admin.post(PAGE, FORM | {field: value})
    assert words in text(response)
    assert not Site.objects.exists()


def test_a_picture_that_is_too_large_is_refused_before_it_is_read(admin: Client) -> None:
    response = admin.post(PAGE, FORM | {"picture": picture(bytes(70_000))})
    assert response.status_code == 413
    assert "choose a smaller picture" in text(response)


def test_the_page_needs_a_recent_sign_in(admin: Client, alice: User) -> None:
    hold(admin, session_token(alice, age=600))
    assert "Your sign-in is older than five minutes" in text(admin.post(PAGE, FORM))
    assert not Site.objects.exists()


def test_somebody_who_is_no_admin_sees_nothing(alices_browser: Client) -> None:
    assert alices_browser.get(PAGE, follow=True).status_code == 403
