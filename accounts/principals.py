"""Who is calling, and from where: what the doors hand to the services instead of a request."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from accounts.conf import auth_settings
from accounts.errors import TokenInvalid

USER_AGENT_MAX_LENGTH: Final = 256


@dataclass(frozen=True, slots=True)
class Nobody:
    """A caller without a token."""


@dataclass(frozen=True, slots=True)
class UserPrincipal:
    """A person, through one of their sessions."""

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class ClientPrincipal:
    """A service client, through tokens of one of its epochs; `scopes` are those it asked for, of its own."""

    client_id: str
    epoch: UUID
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class System:
    """The service itself, or its operator at the command line; `name` is the command's."""

    name: str


Caller = UserPrincipal | ClientPrincipal
"""Whoever has a token."""

Principal = Nobody | Caller | System

WORKER: Final = System("work")


def name_of(principal: Principal) -> str:
    """As it stands in tables: a user's id, a client's, `system:<command>`, or empty."""
    match principal:
        case Nobody():
            return ""
        case UserPrincipal(user_id=user_id):
            return str(user_id)
        case ClientPrincipal(client_id=client_id):
            return client_id
        case System(name=name):
            return f"system:{name}"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a call came from: client address (None where there is none), user agent and request id."""

    address: str | None = None
    user_agent: str = ""
    request_id: str = ""

    @property
    def network(self) -> str:
        """What one party surely holds: an IPv4 address, or the /64 around an IPv6 one."""
        if self.address is None:
            return ""
        address = ipaddress.ip_address(self.address)
        if isinstance(address, ipaddress.IPv4Address):
            return str(address)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)


def bearer_token(authorization: str) -> str | None:
    """The token of an `Authorization` header, unverified (RFC 6750 section 2.1); None without one.

    TokenInvalid for a header of another form.
    """
    scheme, _, token = authorization.strip().partition(" ")
    if not scheme:
        return None
    if scheme.lower() != "bearer" or not token.strip():
        raise TokenInvalid("Write `Authorization: Bearer <access>`; no other scheme is taken here.")
    return token.strip()


def origin_of(meta: Mapping[str, str]) -> Origin:
    """From a WSGI environment: the connection, and headers as far as trusted proxies wrote them."""
    user_agent = "".join(character for character in meta.get("HTTP_USER_AGENT", "") if character.isprintable())
    return Origin(
        address=client_address(
            meta.get("REMOTE_ADDR", ""), meta.get("HTTP_X_FORWARDED_FOR", ""), trusted=auth_settings.trusted_proxies
        ),
        user_agent=user_agent[:USER_AGENT_MAX_LENGTH],
        request_id=meta.get("HTTP_X_REQUEST_ID", ""),
    )


def client_address(remote: str, forwarded_for: str, *, trusted: Sequence[str]) -> str | None:
    """The nearest address that no proxy of ours bears.

    `X-Forwarded-For` counts only as far as trusted proxies wrote it: read from its right end, up to the first entry
    that is not one of them. Anything further left was typed by the client.
    """
    address = _parsed(remote)
    networks = [ipaddress.ip_network(network, strict=False) for network in trusted]
    entries = [entry.strip() for entry in forwarded_for.split(",")] if networks else []
    while address is not None and entries and any(address in network for network in networks):
        if (nearer := _parsed(entries.pop())) is None:
            break
        address = nearer
    return None if address is None else str(address)


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Of `1.2.3.4`, `::1`, and with a port, as some gateways write it: `1.2.3.4:443`, `[::1]:443`."""
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address
