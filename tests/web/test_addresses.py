from ipaddress import ip_address, ip_network

import hypothesis
import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from web import addresses
from web.addresses import forwarding


@pytest.fixture(autouse=True)
def _proxies(settings: Settings) -> None:
    addresses._reported.clear()
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.1", "", "198.51.100.1"),
        ("198.51.100.1", "203.0.113.9", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "192.0.2.66, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "192.0.2.66, 203.0.113.9, 10.2.2.2", "203.0.113.9"),
        ("10.0.0.1", " , 203.0.113.9 ,", "203.0.113.9"),
        ("fd00::1", "2001:db8::9", "2001:db8::9"),
        ("10.0.0.1", "10.3.3.3", "10.3.3.3"),
        ("10.0.0.1", "203.0.113.7:4711", "203.0.113.7"),
        ("10.0.0.1", "203.0.113.7:_gazonk", "203.0.113.7"),
        ("10.0.0.1", '"203.0.113.7:4711"', "203.0.113.7"),
        ("10.0.0.1", "[203.0.113.7]:4711", "203.0.113.7"),
        ("10.0.0.1", "[2001:db8::7]:443", "2001:db8::7"),
        ("10.0.0.1", '"[2001:DB8:0::7]:443"', "2001:db8::7"),
        ("10.0.0.1", "[2001:db8::7]", "2001:db8::7"),
        ("10.0.0.1", "[::ffff:203.0.113.7]:443", "203.0.113.7"),
        ("10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "[fe80::1%eth0]:443", "fe80::1"),
        ("10.0.0.1", "fe80::1%anything", "fe80::1"),
        ("fe80::1%eth0", "", "fe80::1"),
        ("10.0.0.1", "192.0.2.66, 203.0.113.9:1, 10.2.2.2:2", "203.0.113.9"),
        ("10.0.0.1", "192.0.2.66, unknown", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.66, _hidden, 10.2.2.2", "10.2.2.2"),
        ("10.0.0.1", "192.0.2.66:0x50", "10.0.0.1"),
        ("10.0.0.1", "203.000.113.007", "10.0.0.1"),
        ("10.0.0.1", "[2001:db8::7", "10.0.0.1"),
        ("10.0.0.1", "unknown, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", ",", "10.0.0.1"),
        ("10.0.0.1", "mallory", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9\nforged", "10.0.0.1"),
        ("", "203.0.113.9", ""),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
    ],
    ids=[
        "no proxy",
        "a stranger's claim",
        "a proxy of ours itself",
        "behind a proxy",
        "with a forged first entry",
        "behind two proxies",
        "with empty entries",
        "on IPv6",
        "from our own network",
        "with a port",
        "with the name of a port",
        "in quotes",
        "IPv4 in brackets",
        "IPv6 with a port",
        "IPv6 with a port in quotes",
        "IPv6 in brackets",
        "IPv4 as IPv6 with a port",
        "IPv4 as IPv6",
        "with a zone and a port",
        "with a zone",
        "a neighbour with a zone",
        "behind two proxies with ports",
        "a proxy that does not know",
        "a proxy that hides whom it knows",
        "with a port in another system",
        "with zeros before numbers",
        "with half a bracket",
        "from somebody who claims to be unknown",
        "with nothing but a comma",
        "no address at all",
        "a forged line",
        "a socket without an address",
        "behind a proxy whose IPv4 address is written as IPv6",
    ],
)
def test_comes_from(peer: str, forwarded: str, address: str) -> None:
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    request = RequestFactory(REMOTE_ADDR=peer).get("/", headers=headers)
    assert forwarding(request).address == address


def test_the_header_is_not_believed_without_trusted_proxies(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = []
    request = RequestFactory().get("/", headers={"x-forwarded-for": "203.0.113.9"})
    assert forwarding(request).address == "127.0.0.1"


def test_several_headers_are_one_list() -> None:
    """A server joins them with a comma, in their order (RFC 9110 §5.3)."""
    request = RequestFactory(REMOTE_ADDR="10.0.0.1").get("/")
    request.META["HTTP_X_FORWARDED_FOR"] = "192.0.2.66,203.0.113.9:4711"
    assert forwarding(request).address == "203.0.113.9"


@hypothesis.settings(deadline=None, max_examples=60)
@given(claimed=st.text(st.characters(codec="latin-1"), max_size=60))
def test_nothing_that_a_visitor_sends_chooses_his_address(claimed: str) -> None:
    request = RequestFactory(REMOTE_ADDR="10.0.0.1").get("/")
    request.META["HTTP_X_FORWARDED_FOR"] = f"{claimed}, 203.0.113.9:4711"
    assert forwarding(request).address == "203.0.113.9"


@hypothesis.settings(deadline=None, max_examples=60)
@given(sent=st.text(st.characters(codec="latin-1"), max_size=60))
def test_whatever_a_proxy_sends_the_address_is_one(sent: str) -> None:
    request = RequestFactory(REMOTE_ADDR="10.0.0.1").get("/")
    request.META["HTTP_X_FORWARDED_FOR"] = sent
    assert ip_address(forwarding(request).address)


def test_what_cannot_be_read_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    for element in ("unknown", "_hidden", "x" * 500):
        headers = {"x-forwarded-for": f"192.0.2.66, {element}"}
        request = RequestFactory(REMOTE_ADDR="10.0.0.1").get("/", headers=headers)
        assert forwarding(request).unreadable == element[:60]
    assert caplog.messages == ["X-Forwarded-For cannot be read: proxy=10.0.0.1 element=unknown"]
