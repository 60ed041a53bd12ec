"""After a POST comes a redirect: a form that answers with a page has changed nothing.

To load such a page again sends the form again. Every form of every page is sent here: a new one is
swept too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client

from sessions import revocation
from tests.sweep.addresses import ROW, filled, routes
from tests.sweep.people import Site, furnished

pytestmark = pytest.mark.django_db
TYPED = {"email": "a@b.example", "number": "1", "text": "x", "password": "x", "search": "x"}


@dataclass
class Form:
    """A form as a browser sends it: with what is filled in, and with everything filled in."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    empty: list[tuple[str, str]] = field(default_factory=list)  # what somebody may tick or type
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def sendings(self) -> Iterator[dict[str, list[str]]]:
        for button in self.buttons or [("", "")]:
            for more in ([], self.empty):
                sent: dict[str, list[str]] = {}
                for name, value in [*self.fields, *more, button]:
                    sent.setdefault(name, []).append(value)
                yield {name: values for name, values in sent.items() if name}


class Forms(HTMLParser):
    """Collects the forms of a page that are posted."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.found, self.form, self.select = path, list[Form](), Form(""), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name, value, kind = given.get("name", ""), given.get("value", ""), given.get("type", "text")
        if tag == "form":
            self.form = Form(given.get("action") or self.path)
            if given.get("method", "").lower() == "post":
                self.found.append(self.form)
        elif tag == "button" or (tag == "input" and kind in ("submit", "image")):
            self.form.buttons.append((name, value))
        elif tag == "input" and kind in ("checkbox", "radio"):
            side = self.form.fields if "checked" in given else self.form.empty
            side.append((name, value or "on"))
        elif tag == "input":
            is_typed = kind not in TYPED or value
            side = self.form.fields if is_typed else self.form.empty
            side.append((name, value or TYPED.get(kind, "")))
        elif tag == "select":
            self.select = name
        elif tag == "option" and "selected" in given:
            self.form.fields.append((self.select, value))
        elif tag == "option" and value:
            self.form.empty.append((self.select, value))


def forms_of(browser: Client, path: str) -> list[Form]:
    answer = browser.get(path)
    is_page = answer.status_code == 200 and "html" in answer["Content-Type"]
    if not is_page or answer.streaming:
        return []
    forms = Forms(path)
    forms.feed(answer.content.decode())
    return forms.found


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
    (form,) = forms_of(browser, "/account/connections/proven/")
    before = everything()
    assert browser.post(form.action, next(iter(form.sendings()))).status_code == 302
    assert everything() != before


def test_such_forms_are_found(site: Site) -> None:
    """A sweep that finds nothing proves nothing."""
    browser = site.browser("visitor")
    (form, *_) = [each for each in forms_of(browser, "/account/tokens/") if each.buttons]
    assert form.action == "/account/tokens/"
    tokens = next(
        form for form in forms_of(browser, "/account/tokens/") if ("name", "x") in form.empty
    )
    before = everything()
    assert browser.post(tokens.action, [*tokens.sendings()][-1]).status_code == 302
    assert everything() != before
