"""The way back at the top of each page of the admin, and what its title says."""

import html
import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from access_rules.models import AccessRule
from oidc_provider.models import App
from sessions.models import Session, User
from tests.fakes import add_provider

pytestmark = pytest.mark.django_db
LISTS = [f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist" for m in admin.site._registry]


@pytest.fixture
def ada(alices_browser: Client, alices_session: Session) -> Client:
    User.objects.filter(pk=alices_session.user_id).update(is_staff=True, is_superuser=True)
    return alices_browser


def crumbs(page: str) -> list[str]:
    found = re.search(r'<div class="breadcrumbs">(.*?)</div>', page, re.DOTALL)
    assert found
    text = html.unescape(re.sub("<[^>]*>", "", found[1]))
    return [" ".join(each.split()) for each in text.split("›")]


def read(browser: Client, address: str) -> str:
    response = browser.get(address, follow=True)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_no_list_is_named_twice(ada: Client, name: str) -> None:
    way = crumbs(read(ada, reverse(name)))
    assert way[0] == "Home"
    assert len({*way}) == len(way)


def test_each_page_of_a_row_leads_to_its_list_once(ada: Client) -> None:
    provider = add_provider()
    app = App.objects.create(slug="wiki", name="Wiki", redirect_uris=["https://wiki.example/cb"])
    here, there = f"/admin/oidc_provider/app/{app.pk}", f"/admin/providers/provider/{provider.pk}"
    assert crumbs(read(ada, f"{here}/change/")) == ["Home", "Apps", "Wiki"]
    assert crumbs(read(ada, f"{here}/check/")) == ["Home", "Apps", "Wiki", "Check app"]
    assert crumbs(read(ada, f"{here}/delete/")) == ["Home", "Apps", "Wiki", "Delete"]
    assert crumbs(read(ada, f"{here}/history/")) == ["Home", "Apps", "Wiki", "History"]
    assert crumbs(read(ada, f"{here}/secret/"))[1:3] == ["Apps", "Wiki"]
    assert crumbs(read(ada, f"{there}/change/"))[:2] == ["Home", "Providers"]
    assert crumbs(read(ada, f"{there}/check/"))[1:3] == ["Providers", provider.name]


def test_the_question_before_a_deletion_names_what_is_deleted(ada: Client) -> None:
    app = App.objects.create(slug="wiki", name="Wiki")
    assert "<h1>Delete Wiki?</h1>" in read(ada, f"/admin/oidc_provider/app/{app.pk}/delete/")
    rule = AccessRule.objects.create(
        provider=add_provider(), kind="email_domain", value="example.com"
    )
    title = re.search(
        "<h1>(.*?)</h1>", read(ada, f"/admin/access_rules/accessrule/{rule.pk}/delete/")
    )
    assert title
    assert title[1].startswith("Delete ")
    assert title[1] != "Delete "


def test_only_what_cannot_be_undone_has_a_red_button(ada: Client) -> None:
    bob = User.objects.create(name="Bob", is_active=False)
    here = f"/admin/signet_sessions/user/{bob.pk}"
    assert 'class="harmless"' in read(ada, f"{here}/reinstate/")
    User.objects.update(is_active=True)
    assert 'class="harmless"' not in read(ada, f"{here}/suspend/")
