"""What a browser, a proxy or a stranger writes into a request."""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.http import HttpRequest
from django.test import RequestFactory, override_settings
from hypothesis import given
from hypothesis import strategies as st

from encryption import SealBrokenError, seal, unseal
from oauth_client.progress import is_tried, next_of
from protocol.jws import read
from protocol.jws.strict_json import MalformedError
from providers.models import Provider
from tests.properties.strategies import TEXTS
from web.addresses import forwarding
from web.cookies import parse, values_of
from web.redirects import safe_next

# A server hands on each byte of a header as one character (PEP 3333)
BYTES = st.characters(codec="iso-8859-1")
COOKIE_TEXTS = st.text(BYTES, max_size=40) | st.text('=;, \t"session', max_size=40)
HOSTS = st.sampled_from(["mallory.example", "app.example", "localhost:8000", "[::1]", ""])
TARGETS = TEXTS | st.builds(
    "{}{}{}{}".format,
    st.sampled_from(
        ["", "/", "//", "///", "\\", "/\\", "http:", "https://", "/\t/", "javascript:"]
    ),
    HOSTS,
    st.sampled_from(["", "/", "\\", "@", "?", "#"]),
    HOSTS,
)
ADDRESSES = (st.ip_addresses(v=4) | st.ip_addresses(v=6)).map(str)
FORWARDED = st.lists(ADDRESSES | TEXTS | st.just("10.1.1.1"), max_size=5).map(", ".join)
TRUSTED = ip_network("10.0.0.0/8")


@pytest.fixture(autouse=True, scope="module")
def _site() -> Iterator[None]:
    with override_settings(
        TRUSTED_PROXIES=[TRUSTED], ALLOWED_REDIRECT_ORIGINS=["https://app.example"]
    ):
        yield


@given(COOKIE_TEXTS, COOKIE_TEXTS, st.text("abcdef0123456789.-_", min_size=1, max_size=40))
def test_our_cookie_is_found_whatever_stands_beside_it(before: str, after: str, value: str) -> None:
    header = f"{before}; session={value}; {after}"
    assert value in values_of(_request(header), "session")
    assert all(";" not in name and "=" not in name for name, _ in parse(header))


@given(COOKIE_TEXTS)
def test_no_cookie_is_ours_but_by_its_exact_name(header: str) -> None:
    parts = [part.strip(" \t") for part in header.split(";")]
    exact = [part for part in parts if part.partition("=")[0].rstrip(" \t") == "session"]
    assert len(values_of(_request(header), "session")) == len(
        [part for part in exact if "=" in part]
    )


@given(TEXTS)
def test_any_text_in_a_sealed_cookie_is_refused(text: str) -> None:
    with pytest.raises(SealBrokenError):
        unseal(text, purpose="tests", context="cookie")


@given(st.binary(max_size=200), st.data())
def test_a_sealed_cookie_with_another_character_is_refused(
    content: bytes, data: st.DataObject
) -> None:
    sealed = seal(content, purpose="tests", context="cookie")
    position = data.draw(st.integers(0, len(sealed) - 1))
    changed = sealed[:position] + data.draw(st.characters()) + sealed[position + 1 :]
    if changed == sealed:
        return
    with pytest.raises(SealBrokenError):
        unseal(changed, purpose="tests", context="cookie")


@given(st.text("ABCabc0123456789_-", max_size=12), TEXTS)
def test_any_cookie_of_a_sign_in_in_progress_is_one_of_ours_or_none(name: str, text: str) -> None:
    request = RequestFactory().get("/", {"state": name}, headers={"cookie": ""})
    request.META["HTTP_COOKIE"] = f"signin-{name}={text}"
    assert next_of(request) == ""
    assert not is_tried(request, Provider())


@given(TEXTS)
def test_any_text_is_no_token(text: str) -> None:
    with pytest.raises(MalformedError):
        read(text)


@given(TARGETS)
def test_a_visitor_is_sent_to_this_site_or_to_one_that_is_listed(target: str) -> None:
    where = safe_next(target)
    assert where.isascii()
    assert where.isprintable()
    if where.startswith("/"):
        assert where[1:2] not in ("/", "\\")
        assert urlsplit(where).netloc == ""
    else:
        parts = urlsplit(where)
        listed = (django_settings.BASE_URL, "https://app.example")
        assert f"{parts.scheme}://{parts.netloc}" in listed


@given(ADDRESSES, FORWARDED)
def test_an_address_is_that_of_the_caller_or_told_by_a_trusted_proxy(
    caller: str, forwarded: str
) -> None:
    found = address_of(caller, forwarded)
    if found != caller:
        ip_address(found)
        assert ip_address(caller) in TRUSTED


@given(ADDRESSES.filter(lambda text: ip_address(text) not in TRUSTED), FORWARDED)
def test_what_a_visitor_claims_does_not_matter_before_what_our_proxy_saw(
    visitor: str, claimed: str
) -> None:
    assert address_of("10.0.0.1", visitor) == address_of("10.0.0.1", f"{claimed}, {visitor}")


def _request(header: str) -> HttpRequest:
    request = RequestFactory().get("/")
    request.META["HTTP_COOKIE"] = header
    return request


def address_of(caller: str, forwarded: str) -> str:
    request = RequestFactory().get("/", REMOTE_ADDR=caller)
    request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    return forwarding(request).address
