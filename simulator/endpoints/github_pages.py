"""GitHub's pages of a list (docs.github.com, REST, "Using pagination", read 2026-11)."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse

DEFAULT, MOST = 30, 100  # entries of a page


def page_of(request: HttpRequest, listed: list[Any]) -> HttpResponse:
    """Return the requested page, with a `Link` to the next and the last."""
    size = min(_number(request, "per_page", DEFAULT), MOST)
    page = _number(request, "page", 1)
    response = JsonResponse(listed[(page - 1) * size : page * size], safe=False)
    last = max(1, -(-len(listed) // size))
    if page < last:
        response.headers["Link"] = ", ".join(
            f'<{_address(request, size, number)}>; rel="{rel}"'
            for rel, number in (("next", page + 1), ("last", last))
        )
    return response


def _address(request: HttpRequest, size: int, page: int) -> str:
    query = urlencode({"per_page": size, "page": page})
    return f"{request.build_absolute_uri(request.path)}?{query}"


def _number(request: HttpRequest, name: str, default: int) -> int:
    """Return a positive number of the query; anything else counts as absent."""
    number = request.GET.get(name, "")
    is_number = number.isascii() and number.isdigit() and len(number) < 7
    return int(number) or default if is_number else default
