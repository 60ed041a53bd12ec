from ipaddress import ip_network

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from accounts.addresses import client_address


@pytest.fixture(autouse=True)
def _proxies(settings: Settings) -> None:
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
        "no address at all",
        "a forged line",
        "a socket without an address",
        "behind a proxy whose IPv4 address is written as IPv6",
    ],
)
def test_comes_from(peer: str, forwarded: str, address: str) -> None:
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    request = RequestFactory(REMOTE_ADDR=peer).get("/", headers=headers)
    assert client_address(request) == address


def test_the_header_is_not_believed_without_trusted_proxies(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = []
    request = RequestFactory().get("/", headers={"x-forwarded-for": "203.0.113.9"})
    assert client_address(request) == "127.0.0.1"
