"""The page that shows what an app would be told of somebody."""

import html

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from oidc_provider.models import App, Audience, Grant
from sessions.models import User
from tests.oidc_provider.admin_pages.forms import page

pytestmark = pytest.mark.django_db


def text_of(browser: Client, app: App, query: str = "") -> str:
    response = browser.get(f"{page(app, 'preview')}{query}")
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_somebody_is_found_by_name_and_shown(admin: Client, grafana: App, bob: User) -> None:
    assert f"?person={bob.pk}" in text_of(admin, grafana, "?q=Bob")
    shown = text_of(admin, grafana, f"?person={bob.pk}")
    assert "may use Grafana." in shown
    assert f'"sub": "{bob.pk}"' in shown
    for title in ("ID token", "Access token", "Userinfo"):
        assert f">{title}</h2>" in shown
    assert not Grant.objects.exists()


def test_without_a_search_the_admin_is_offered(admin: Client, grafana: App) -> None:
    shown = text_of(admin, grafana)
    assert "(you)" in shown
    assert f'href="{page(grafana, "preview")}"' in admin.get(page(grafana)).content.decode()


@pytest.mark.parametrize(
    ("audience", "groups", "words"),
    [
        (Audience.CHOSEN, ["ops", "dev"], "nor in one of its groups: ops, dev."),
        (Audience.CHOSEN, [], "Only people chosen by name may use it"),
        (Audience.EVERYBODY, [], "This person is suspended."),
    ],
    ids=["groups", "people", "suspended"],
)
def test_why_somebody_may_not_use_it_is_said(
    admin: Client, grafana: App, bob: User, audience: str, groups: list[str], words: str
) -> None:
    App.objects.update(audience=audience, groups=groups, enabled=False)
    User.objects.filter(pk=bob.pk).update(is_active=False)
    shown = text_of(admin, grafana, f"?person={bob.pk}")
    assert words in shown
    assert "The app is switched off." in shown
    assert "can't use Grafana" in shown


@pytest.mark.parametrize(
    "query",
    [
        "?person=00000000-0000-4000-8000-000000000000",
        "?person=x",
        "?person=%00",
        "?person=",
        "?q=%00",
        "?q=zzzz",
    ],
)
def test_nobody_is_found_for_what_names_nobody(admin: Client, grafana: App, query: str) -> None:
    shown = text_of(admin, grafana, query)
    assert "There is no such person." in shown or "Nobody matches." in shown or "(you)" in shown


@pytest.mark.parametrize(
    ("permissions", "status"),
    [
        (["view_app"], 403),
        (["view_user"], 403),
        (["view_app", "view_user"], 200),
    ],
    ids=["apps-alone", "people-alone", "both"],
)
def test_only_admins_who_may_see_apps_and_people_see_it(
    admin: Client, alices_session: object, grafana: App, permissions: list[str], status: int
) -> None:
    alice = User.objects.get(is_superuser=True)
    User.objects.filter(pk=alice.pk).update(is_superuser=False)
    alice.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    assert admin.get(page(grafana, "preview")).status_code == status
