"""After a POST comes a redirect: a form that answers with a page has changed nothing.

To load such a page again sends the form again. Every form of every page is sent here: a new one is
swept too.
"""

from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client

from sessions import revocation
from tests.sweep.addresses import ROW, filled, routes
from tests.sweep.forms import Form, forms_of
from tests.sweep.people import Site, furnished

pytestmark = pytest.mark.django_db


def everything() -> dict[str, list[Any]]:
    """Return what the database holds."""
    models = apps.get_models(include_auto_created=True)
    return {
        model._meta.label: list(model._base_manager.order_by("pk").values()) for model in models
    }


@pytest.fixture
def site() -> Site:
    return furnished()


@pytest.mark.parametrize("person", ["nobody", "visitor", "admin"])
@pytest.mark.parametrize("route", routes())
def test_a_form_that_answers_with_a_page_has_changed_nothing(
    site: Site, route: str, person: str
) -> None:
    browser = site.browser(person)
    path = filled(route)[0].replace(ROW, site.key_in(filled(route)[0]))
    guilty = [
        (form.action, sent)
        for form in forms_of(browser, path)
        for sent in form.sendings()
        if has_changed_and_shows_a_page(browser, form, sent)
    ]
    assert guilty == []


def has_changed_and_shows_a_page(browser: Client, form: Form, sent: dict[str, list[str]]) -> bool:
    """Send a form, and undo what it did."""
    jar = {name: morsel.value for name, morsel in browser.cookies.items()}
    before = everything()
    with transaction.atomic():
        answer = browser.post(form.action, sent)
        changed = everything() != before
        transaction.set_rollback(True)
    revocation._known.clear()
    revocation._revoked_here.clear()
    for name, value in jar.items():
        browser.cookies[name] = value
    return changed and not 300 <= answer.status_code < 400


def test_the_form_about_an_account_that_was_proven_is_found(site: Site) -> None:
    browser = site.browser("visitor")
    path = "/account/connections/proven/"
    (form,) = [form for form in forms_of(browser, path) if form.action == path]
    before = everything()
    assert browser.post(form.action, next(iter(form.sendings()))).status_code == 302
    assert everything() != before


def test_such_forms_are_found(site: Site) -> None:
    """A sweep that finds nothing proves nothing."""
    browser = site.browser("visitor")
    (form, *_) = [each for each in forms_of(browser, "/account/tokens/") if each.buttons]
    assert form.action == "/sign-out/"
    tokens = next(
        form for form in forms_of(browser, "/account/tokens/") if ("name", "x") in form.empty
    )
    before = everything()
    assert browser.post(tokens.action, [*tokens.sendings()][-1]).status_code == 302
    assert everything() != before
