import random
from collections import Counter

import pytest
from django.http import HttpResponse
from django.middleware import csrf
from django.test import RequestFactory
from django.utils.cache import add_never_cache_headers
from pytest_django import Settings

from web.cookies import PRIVATE
from web.csrf_strings import (
    EVEN,
    LETTER_OF,
    LETTERS,
    UNEVEN,
    install,
    masked,
    random_string,
    set_csrf_cookie,
    unmasked,
)

DJANGOS_COOKIE = csrf.CsrfViewMiddleware._set_csrf_cookie  # type: ignore[attr-defined]
MASK, UNMASK = csrf._mask_cipher_secret, csrf._unmask_cipher_token  # type: ignore[attr-defined]


def test_a_string_is_as_long_as_django_wants_and_always_another() -> None:
    strings = {random_string() for _ in range(200)}
    assert len(strings) == 200
    assert {len(string) for string in strings} == {csrf.CSRF_SECRET_LENGTH}


def test_each_letter_is_as_likely_as_any_other() -> None:
    bytes_of = Counter(LETTER_OF[byte] for byte in range(256) if byte not in UNEVEN)
    assert {chr(letter) for letter in bytes_of} == set(LETTERS)
    assert set(bytes_of.values()) == {EVEN // len(LETTERS)}


def test_too_few_even_bytes_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([UNEVEN * 6, bytes(48)])
    monkeypatch.setattr("web.csrf_strings.token_bytes", lambda _: next(drawn))
    assert random_string() == "a" * csrf.CSRF_SECRET_LENGTH


def test_django_makes_its_tokens_of_it_and_accepts_them(
    rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csrf.CsrfViewMiddleware, "_set_csrf_cookie", DJANGOS_COOKIE)
    for name in ("_get_new_csrf_string", "_mask_cipher_secret", "_unmask_cipher_token"):
        monkeypatch.setattr(csrf, name, getattr(csrf, name))
    install()
    monkeypatch.setattr("web.csrf_strings.token_bytes", lambda size: bytes(range(size)))
    request = rf.get("/")
    token = csrf.get_token(request)
    assert token.startswith(LETTERS[: csrf.CSRF_SECRET_LENGTH])
    csrf._check_token_format(token)  # type: ignore[attr-defined]
    secret = request.META["CSRF_COOKIE"]
    assert csrf._does_token_match(token, secret)  # type: ignore[attr-defined]


@pytest.mark.parametrize("is_https", [False, True])
def test_the_cookie_has_what_djangos_has(
    rf: RequestFactory, settings: Settings, *, is_https: bool
) -> None:
    settings.IS_HTTPS = settings.CSRF_COOKIE_SECURE = is_https
    request, ours, djangos = rf.get("/"), HttpResponse(), HttpResponse()
    csrf.get_token(request)
    set_csrf_cookie(None, request, ours)
    DJANGOS_COOKIE(csrf.CsrfViewMiddleware(lambda _: ours), request, djangos)
    (cookie,), (expected,) = ours.cookies.values(), djangos.cookies.values()
    assert cookie.output() == expected.output()
    assert ours["Vary"] == djangos["Vary"]
    assert ours["Cache-Control"] == PRIVATE


def test_a_page_with_the_cookie_keeps_what_it_says_of_caches(rf: RequestFactory) -> None:
    request, page = rf.get("/"), HttpResponse()
    csrf.get_token(request)
    add_never_cache_headers(page)
    said = page["Cache-Control"]
    set_csrf_cookie(None, request, page)
    assert page["Cache-Control"] == said != PRIVATE


def test_a_secret_is_masked_and_unmasked_as_django_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(200):
        secret, mask = ("".join(random.choices(LETTERS, k=32)) for _ in range(2))
        monkeypatch.setattr("web.csrf_strings.random_string", lambda: mask)  # noqa: B023
        monkeypatch.setattr(csrf, "_get_new_csrf_string", lambda: mask)  # noqa: B023
        assert masked(secret) == MASK(secret)
        assert unmasked(mask + secret) == UNMASK(mask + secret)
