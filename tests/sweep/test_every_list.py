"""A sweep of the admin's lists: each filter, search, order, page and action, with no real value."""

from functools import partial
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME as CHOSEN
from django.test import RequestFactory
from django.urls import reverse

from tests.sweep.addresses import GONE
from tests.sweep.asking import has_failed
from tests.sweep.people import Site, furnished

pytestmark = pytest.mark.django_db
MODELS = [pytest.param(model, id=model._meta.label) for model in admin.site._registry]
OF_LISTS = ("q", "o", "p", "_to_field", "_changelist_filters")
SWITCHES = ("all", "e", "_facets", "_popup")  # of which Django asks only whether they are there
VALUES = ("%00", "%ED%A0%80", "9" * 400, "x" * 3000, "a&{0}=b")
LOOKUPS = ("__gte", "__isnull", "__no_such")
KEYS: tuple[list[str], ...] = (
    [],
    ["ROW"],
    [str(GONE)],
    ["ROW", "ROW", str(GONE)],
    ["\0"],
    ["9" * 400],
    ["ROW", "x"],
)


@pytest.fixture
def site() -> Site:
    return furnished()


@pytest.mark.parametrize("model", MODELS)
def test_no_list_answers_500(site: Site, model: type[Any]) -> None:
    browser, url = site.browser("admin"), list_of(model)
    queries = [f"{name}={value.format(name)}" for name in names_of(model) for value in VALUES]
    queries += [f"{name}=%00" for name in SWITCHES]
    queries += [f"{name}{ask}=%00" for name in fields_of(model) for ask in LOOKUPS]
    failed = [query for query in queries if has_failed(partial(browser.get, f"{url}?{query}"))]
    assert failed == []


@pytest.mark.parametrize("keys", KEYS, ids=str)
@pytest.mark.parametrize("model", MODELS)
def test_no_action_answers_500(site: Site, model: type[Any], keys: list[str]) -> None:
    browser, row = site.browser("admin"), site.rows[model._meta.model_name]
    chosen = [str(row.pk) if key == "ROW" else key for key in keys]
    forms: list[dict[str, Any]] = [
        {"action": action, CHOSEN: chosen, "index": "x", **more}
        for action in actions_of(model, site)
        for more in ({}, {"post": "yes"}, {"select_across": "1"})
    ]
    forms.append({"_save": "1", "form-TOTAL_FORMS": "1", "form-0-id": chosen[:1] or "x"})
    forms.append(management(chosen[:1] or ["x"]))
    failed = [form for form in forms if has_failed(partial(browser.post, list_of(model), form))]
    assert failed == []


def management(key: list[str]) -> dict[str, Any]:
    """Return a list that was edited, whose one row is gone or was never there."""
    counts = {f"form-{name}_FORMS": "1" for name in ("TOTAL", "INITIAL")}
    return {"_save": "1", "form-0-id": key, "form-0-position": "x"} | counts


def list_of(model: type[Any]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def names_of(model: type[Any]) -> list[str]:
    """Return every parameter that a list reads, and columns as if they were some."""
    filters = admin.site._registry[model].list_filter
    own = [getattr(each, "parameter_name", f"{each}__exact") for each in filters]
    return [*OF_LISTS, *own, *fields_of(model)]


def fields_of(model: type[Any]) -> list[str]:
    """Return a column of each type: Django reads what is asked of a column by its type."""
    return list({type(field): field.name for field in model._meta.concrete_fields}.values())


def actions_of(model: type[Any], site: Site) -> list[str]:
    request = RequestFactory().get("/")
    request.user = site.users["admin"]
    return [*admin.site._registry[model].get_actions(request), "no_such_action", "\0"]
