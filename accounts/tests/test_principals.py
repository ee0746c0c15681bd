"""Where a call came from, as far as it can be known."""

import pytest

from accounts.principals import Origin, client_address

PROXIES = ["10.0.0.0/8", "2001:db8:1::/48"]


@pytest.mark.parametrize(
    ("remote", "forwarded_for", "trusted", "address"),
    [
        ("192.0.2.1", "", PROXIES, "192.0.2.1"),
        ("192.0.2.1", "198.51.100.9", PROXIES, "192.0.2.1"),  # no proxy of ours: whatever it says is its own word
        ("10.0.0.1", "198.51.100.9", [], "10.0.0.1"),
        ("10.0.0.1", "", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.9", PROXIES, "198.51.100.9"),
        ("10.0.0.1", "203.0.113.7, 198.51.100.9", PROXIES, "198.51.100.9"),  # the client typed the left one
        ("10.0.0.1", "203.0.113.7, 198.51.100.9, 10.9.9.9", PROXIES, "198.51.100.9"),
        ("10.0.0.1", "10.1.1.1, 10.2.2.2", PROXIES, "10.1.1.1"),
        ("10.0.0.1", "198.51.100.9, unknown", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.9, ", PROXIES, "10.0.0.1"),
        ("10.0.0.1", "2001:DB8::0009", PROXIES, "2001:db8::9"),
        ("2001:db8:1::5", "[2001:db8::9]", PROXIES, "2001:db8::9"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.9", PROXIES, "198.51.100.9"),
        ("fe80::1%eth0", "", PROXIES, "fe80::1"),
        ("", "198.51.100.9", PROXIES, None),  # a Unix socket has no address
        ("nonsense", "198.51.100.9", PROXIES, None),
    ],
)
def test_the_client_is_the_nearest_address_that_is_no_proxy(
    remote: str, forwarded_for: str, trusted: list[str], address: str | None
) -> None:
    assert client_address(remote, forwarded_for, trusted=trusted) == address


@pytest.mark.parametrize(
    ("address", "network"),
    [(None, ""), ("192.0.2.1", "192.0.2.1"), ("2001:db8:0:1:ffff::9", "2001:db8:0:1::"), ("::1", "::")],
)
def test_one_party_holds_an_ipv4_address_or_an_ipv6_network(address: str | None, network: str) -> None:
    assert Origin(address=address).network == network


@pytest.mark.parametrize(
    ("entry", "address"),
    [("7.7.7.7:443", "7.7.7.7"), ("[2001:db8::7]:443", "2001:db8::7"), ("[2001:db8::7]", "2001:db8::7")],
)
def test_a_port_behind_an_address_is_no_part_of_it(entry: str, address: str) -> None:
    assert client_address("10.0.0.1", entry, trusted=["10.0.0.0/8"]) == address
