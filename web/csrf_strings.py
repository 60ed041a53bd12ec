"""The random strings of Django's CSRF tokens, drawn and masked at once, and their cookie.

Django draws each of the 32 characters by itself: 42 µs a string instead of 1 µs (measured 2026-11).
A visitor's first page needs two strings, and so does each sign-in. To mask or unmask one takes
Django 8 µs; with the places of all letters known it takes 3 (measured 2026-12).
"""

from secrets import token_bytes

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware import csrf
from django.utils.cache import patch_vary_headers

from web import cookies

LETTERS = csrf.CSRF_ALLOWED_CHARS
EVEN = 256 - 256 % len(LETTERS)  # a byte below this means each letter equally often
LETTER_OF = bytes(ord(LETTERS[byte % len(LETTERS)]) for byte in range(256))
UNEVEN = bytes(range(EVEN, 256))
PLACE = {letter: place for place, letter in enumerate(LETTERS)}
TWICE = LETTERS * 2  # at the sum of two places


def random_string() -> str:
    """Return as many letters and digits as Django wants, each as likely as any other."""
    drawn = b""
    while len(drawn) < csrf.CSRF_SECRET_LENGTH:
        drawn += token_bytes(48).translate(LETTER_OF, UNEVEN)
    return drawn[: csrf.CSRF_SECRET_LENGTH].decode()


def masked(secret: str) -> str:
    """Return a token: a mask, which is new each time, before the secret under it."""
    mask = random_string()
    pairs = zip(secret, mask, strict=True)
    return mask + "".join([TWICE[PLACE[letter] + PLACE[shift]] for letter, shift in pairs])


def unmasked(token: str) -> str:
    """Return the secret in a token; Django has checked its length and its letters."""
    mask, cipher = token[: csrf.CSRF_SECRET_LENGTH], token[csrf.CSRF_SECRET_LENGTH :]
    pairs = zip(cipher, mask, strict=True)  # a negative place counts from the end
    return "".join([LETTERS[PLACE[letter] - PLACE[shift]] for letter, shift in pairs])


def set_csrf_cookie(_: object, request: HttpRequest, response: HttpResponse) -> None:
    """Set Django's cookie as we set ours: with the attributes that `settings` has for it."""
    secret, kept = request.META["CSRF_COOKIE"], response.get("Cache-Control")
    cookies.set_cookie(response, cookies.CSRF, secret, max_age=settings.CSRF_COOKIE_AGE)
    response["Cache-Control"] = kept or cookies.PRIVATE  # the page may say more
    patch_vary_headers(response, ("Cookie",))


def install() -> None:
    """Let Django draw, mask, unmask and keep its CSRF secrets with these functions."""
    csrf._get_new_csrf_string = random_string  # noqa: SLF001
    csrf._mask_cipher_secret = masked  # type: ignore[attr-defined]  # noqa: SLF001
    csrf._unmask_cipher_token = unmasked  # type: ignore[attr-defined]  # noqa: SLF001
    csrf.CsrfViewMiddleware._set_csrf_cookie = set_csrf_cookie  # type: ignore[attr-defined]  # noqa: SLF001
