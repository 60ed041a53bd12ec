"""Lists of GitHub's come in pages."""

import json
from typing import Any

import pytest
from django.test import RequestFactory

from simulator.endpoints.github_pages import page_of

PAGES: dict[str, tuple[dict[str, Any], list[int], str]] = {
    "the first": ({"per_page": "2"}, [0, 1], 'page=2>; rel="next", '),
    "the last": ({"per_page": "2", "page": "3"}, [4], ""),
    "beyond": ({"per_page": "2", "page": "4"}, [], ""),
    "no numbers": ({"per_page": "x", "page": "0"}, [0, 1, 2, 3, 4], ""),
}


@pytest.mark.parametrize(("query", "listed", "link"), PAGES.values(), ids=PAGES.keys())
def test_gives_the_page_that_is_asked_for(
    query: dict[str, Any], listed: list[int], link: str
) -> None:
    request = RequestFactory().get("/user/orgs", query, headers={"host": "localhost"})
    response = page_of(request, list(range(5)))
    assert json.loads(response.content) == listed
    assert link in response.headers.get("Link", "")
    assert bool(link) is ("Link" in response.headers)
