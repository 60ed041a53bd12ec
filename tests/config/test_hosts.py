import pytest

from config.hosts import canonical_host, canonical_network, is_too_wide


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("id.example.com", "id.example.com"),
        ("ID.Example.COM.", "id.example.com"),
        ("sso", "sso"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("10.0.0.5", "10.0.0.5"),
        ("2001:DB8:0::1", "[2001:db8::1]"),
        ("[2001:db8::1]", "[2001:db8::1]"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
    ],
)
def test_a_host_has_one_spelling(value: str, host: str) -> None:
    assert canonical_host(value) == host


@pytest.mark.parametrize(
    "value",
    [
        "",
        ".",
        "*",
        ".example.com",
        "*.example.com",
        "https://id.example.com",
        "id.example.com:8000",
        "id.example.com/",
        "id.example.com app.example.com",
        "id_1.example.com",
        "-id.example.com",
        "id-.example.com",
        "id..example.com",
        "b\u00fccher.example",
        "0.0.0.0",
        "::",
        "127.1",
        "0x7f.0.0.1",
        "300.1.1.1",
        "2130706433",
        "[fe80::1%eth0]",
        "[2001:db8::1]:443",
        "[id.example.com]",
        "a" * 64 + ".example",
        "a." * 127 + "example",
        "9" * 5000,
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_is_no_host(value: str) -> None:
    assert canonical_host(value) is None


def test_a_network_of_mapped_addresses_is_one_of_ipv4() -> None:
    assert str(canonical_network("::ffff:10.1.0.0/112")) == "10.1.0.0/16"


@pytest.mark.parametrize(
    "network",
    [
        "0.0.0.0/0",
        "::/0",
        "0.0.0.0/1",
        "128.0.0.0/1",
        "::ffff:0:0/96",
        "10.0.0.0/7",
        "198.0.0.0/8",
        "203.0.0.0/11",
        "2000::/3",
        "2001::/16",
        "fc00::/6",
        "0.0.0.0",
        "::",
        "0.0.0.0/24",
        "64:ff9b::/96",
    ],
)
def test_is_too_wide_for_proxies(network: str) -> None:
    assert is_too_wide(canonical_network(network))


@pytest.mark.parametrize(
    "network",
    [
        "10.0.0.0/8",
        "172.16.0.0/12",
        "127.0.0.0/8",
        "100.64.0.0/10",
        "203.0.113.7",
        "104.16.0.0/13",
        "fc00::/7",
        "fd00::/8",
        "::1",
        "2400:cb00::/32",
        "2a06:98c0::/29",
    ],
)
def test_is_narrow_enough_for_proxies(network: str) -> None:
    assert not is_too_wide(canonical_network(network))
