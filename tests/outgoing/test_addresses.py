from ipaddress import ip_address

import pytest

from outgoing import AddressPolicy

STRICT = AddressPolicy(allow_private=False, allow_loopback=False)
ON_LOOPBACK = AddressPolicy(allow_private=False, allow_loopback=True)
IN_HOUSE = AddressPolicy(allow_private=True, allow_loopback=False)
POLICIES = (STRICT, ON_LOOPBACK, IN_HOUSE)

PUBLIC = [
    "1.1.1.1",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "140.82.121.4",
    "172.15.255.255",
    "172.32.0.0",
    "223.255.255.255",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
    "2002:101:101::1",
]
LOOPBACK = ["127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"]
PRIVATE = [
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "fc00::1",
    "fd12:3456:789a::1",
    "::ffff:10.0.0.1",
    "2002:a00:1::1",
]
NEVER = [
    "0.0.0.0",
    "0.1.2.3",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.0.1",
    "169.254.169.254",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::7f00:1",
    "::ffff:169.254.169.254",
    "::ffff:0.0.0.0",
    "::ffff:0:7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "100::1",
    "2001:2::1",
    "2001:db8::1",
    "2002:a9fe:a9fe::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fd00:42::42",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fe80::1",
    "fe80::1%eth0",
    "fe80::a9fe:a9fe",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_reaches_public_addresses_by_https_only(address: str) -> None:
    for policy in POLICIES:
        assert policy.allows(ip_address(address), "https"), policy
        assert not policy.allows(ip_address(address), "http"), policy


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("address", LOOPBACK)
def test_reaches_loopback_where_it_is_allowed(address: str, scheme: str) -> None:
    assert ON_LOOPBACK.allows(ip_address(address), scheme)
    assert IN_HOUSE.allows(ip_address(address), scheme)
    assert not STRICT.allows(ip_address(address), scheme)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("address", PRIVATE)
def test_reaches_private_addresses_only_if_the_admin_says_so(address: str, scheme: str) -> None:
    assert IN_HOUSE.allows(ip_address(address), scheme)
    assert not ON_LOOPBACK.allows(ip_address(address), scheme)
    assert not STRICT.allows(ip_address(address), scheme)


@pytest.mark.parametrize("address", NEVER)
def test_never_reaches_metadata_and_what_no_registry_calls_global(address: str) -> None:
    everything = AddressPolicy(allow_private=True, allow_loopback=True)
    assert not everything.allows(ip_address(address), "http")
    assert not everything.allows(ip_address(address), "https")


def test_judges_teredo_by_its_server_and_its_client() -> None:
    public_both = ip_address("2001:0:101:101:0:0:fefe:fefe")
    private_client = ip_address("2001:0:101:101:0:0:f5ff:fffe")
    assert STRICT.allows(public_both, "https")
    assert not STRICT.allows(private_client, "https")


@pytest.mark.parametrize(
    ("policy", "scheme", "allowed"),
    [
        (STRICT, "https", True),
        (STRICT, "http", False),
        (ON_LOOPBACK, "http", True),
        (IN_HOUSE, "http", True),
        (IN_HOUSE, "ftp", False),
        (IN_HOUSE, "file", False),
        (IN_HOUSE, "", False),
    ],
)
def test_knows_which_schemes_may_be_asked(
    policy: AddressPolicy, scheme: str, allowed: bool
) -> None:
    assert (scheme in policy.schemes) is allowed


# Hosts that a proxy will resolve


@pytest.mark.parametrize("address", [*LOOPBACK, *PRIVATE, *NEVER])
def test_an_address_is_judged_as_a_host_like_one_that_was_resolved(address: str) -> None:
    for policy in POLICIES:
        expected = policy.allows(ip_address(address), "https")
        assert policy.allows_host(address, "https") is expected, policy
        assert policy.allows_host(f"{address.upper()}.", "https") is expected, policy


@pytest.mark.parametrize(
    "host",
    [
        "2852039166",
        "0251.0376.0251.0376",
        "0xA9FEA9FE",
        "0xa9.0xfe.0xa9.0xfe",
        "0xa9.254.0251.254",
        "169.254.43518",
        "169.16689662",
        "169.254.169.254.",
        "169.254.169.254..",
        "010.0.0.1",
        "127.1",
        "0",
        "0x",
        "1.2.3.4.5",
        "%31%36%39.254.169.254",
        "169.254.169.254%20",
        " 169.254.169.254",
        "fe80::1%25eth0",
        "8.8.8.8%40169.254.169.254",
        "8.8.8.8%2e10.0.0.1",
        "8.8.8.8%",
        "2606:4700::1111%25@169.254.169.254",
        "metadata.google.internal",
        "METADATA.google.internal.",
        "metadata",
        "metadata.goog",
        "instance-data",
        "metadata.tencentyun.com",
        "",
        ".",
    ],
    ids=repr,
)
def test_never_asks_a_proxy_for(host: str) -> None:
    everything = AddressPolicy(allow_private=True, allow_loopback=True)
    assert not everything.allows_host(host, "https")
    assert not everything.allows_host(host, "http")


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.b.localhost",
        "localhost.localdomain",
        "localhost6",
        "localhost6.localdomain6",
        "::1",
    ],
)
def test_asks_a_proxy_for_its_own_machine_only_where_loopback_is_allowed(host: str) -> None:
    assert not STRICT.allows_host(host, "https")
    assert ON_LOOPBACK.allows_host(host, "http")
    assert IN_HOUSE.allows_host(host, "http")


@pytest.mark.parametrize(
    "host",
    [
        "wiki",
        "redis.internal",
        "printer.local",
        "nas.home.arpa",
        "db.localdomain",
        "db.lan",
        "nas.home",
        "wiki.corp",
        "wiki.intranet",
        "wiki.private",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
    ],
)
def test_asks_a_proxy_for_names_of_private_networks_only_if_the_admin_says_so(host: str) -> None:
    assert not STRICT.allows_host(host, "https")
    assert not ON_LOOPBACK.allows_host(host, "https")
    assert IN_HOUSE.allows_host(host, "https")


@pytest.mark.parametrize(
    "host",
    [
        "login.example",
        "id.example.com.",
        "xn--bcher-kva.example",
        "my_host.example",
        "localhost.example.com",
        "metadata.example.com",
        "8ball.example",
        "1.1.1.1",
        "2606:4700::1111",
    ],
)
def test_asks_a_proxy_for_every_other_host(host: str) -> None:
    assert STRICT.allows_host(host, "https")
