import pytest
from django.contrib.admin import site

from bench import admin_pages, seed

pytestmark = pytest.mark.django_db


def test_no_page_of_the_admin_costs_more_queries_than_it_may() -> None:
    seed.seed(users=20, attempts=300)
    client = admin_pages.signed_in()
    queries = {page: admin_pages.measured(client, page)[0] for page in admin_pages.pages()}
    assert len(queries) > 70
    assert [page for page, number in queries.items() if number > admin_pages.MOST_QUERIES] == []


def test_every_list_of_the_admin_is_measured() -> None:
    models = [model._meta for model in site._registry]
    assert set(admin_pages.LISTS) == {f"{meta.app_label}_{meta.model_name}" for meta in models}
