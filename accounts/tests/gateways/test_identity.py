"""What reaches the service behind a gateway: authservice's word on who calls, and nothing that the client made up."""

import itertools
from typing import Final

import pytest

from accounts.tests.gateways.gateways import Gateway
from accounts.tests.gateways.people import Authservice, Person, Service
from accounts.tests.gateways.sending import Headers, Seen, send

pytestmark = pytest.mark.gateways

NAMES: Final = ("X-Auth-User-Id", "X-Auth-Email", "X-Auth-Groups", "X-Auth-Client-Id", "X-Auth-Scope")
FORGED: Final = "forged"


def identity(seen: Seen) -> dict[str, str]:
    """One value a name: empty, or not there, for what does not apply."""
    found = {name: seen.named(name) for name in NAMES}
    assert all(len(values) <= 1 for values in found.values()), found
    return {name: "".join(values) for name, values in found.items()}


def spellings(name: str) -> list[str]:
    """Each dash a dash, an underscore or a dot, which are one to WSGI and CGI."""
    first, *rest = name.split("-")
    joints = itertools.product("-_.", repeat=len(rest))
    plain = [first + "".join(joint + part for joint, part in zip(each, rest, strict=True)) for each in joints]
    return [*plain, name.lower(), name.upper()]


FORGERIES: Final[list[Headers]] = [
    *([(spelling, FORGED)] for name in NAMES for spelling in spellings(name)),
    *([(name, FORGED), (name, FORGED)] for name in NAMES),
    *([(name, FORGED), (name.replace("-", "_"), FORGED)] for name in NAMES),
    *([(name, f" \t{FORGED}\t ")] for name in NAMES),
    [(name, FORGED) for name in NAMES],
]


def of_person(person: Person, groups: str = "") -> dict[str, str]:
    return dict(zip(NAMES, (str(person.user_id), person.email, groups, "authservice", ""), strict=True))


def of_service(service: Service, scope: str = "") -> dict[str, str]:
    return dict(zip(NAMES, ("", "", "", service.client_id, scope), strict=True))


def test_the_service_learns_which_person_calls(gateway: Gateway, authservice: Authservice) -> None:
    person = authservice.person("Zoë, the boss", "b")
    seen = send(gateway.port, token=person.tokens.access).seen
    assert identity(seen) == of_person(person, "Zo%C3%AB%2C%20the%20boss,b")


def test_the_service_learns_which_service_calls(gateway: Gateway, authservice: Authservice) -> None:
    service = authservice.service("orders:sync", "b")
    assert identity(send(gateway.port, token=service.token).seen) == of_service(service, "b orders:sync")


def test_nothing_forged_reaches_the_service_beside_a_persons_token(gateway: Gateway, person: Person) -> None:
    for forged in FORGERIES:
        seen = send(gateway.port, headers=forged, token=person.tokens.access).seen
        assert identity(seen) == of_person(person), forged


def test_nothing_forged_reaches_the_service_beside_a_services_token(gateway: Gateway, service: Service) -> None:
    """Which has no user id that could take the place of a forged one."""
    for forged in FORGERIES:
        assert identity(send(gateway.port, headers=forged, token=service.token).seen) == of_service(service), forged


def test_nothing_forged_reaches_the_service_where_nobody_is_asked(gateway: Gateway) -> None:
    for forged in FORGERIES:
        assert set(identity(send(gateway.port, "/public/prices", forged).seen).values()) == {""}, forged


@pytest.mark.parametrize("name", NAMES)
def test_a_client_can_not_have_the_identity_dropped(gateway: Gateway, person: Person, name: str) -> None:
    """By naming a header as one that ends at the next hop (RFC 9110 section 7.6.1)."""
    seen = send(gateway.port, headers=[("Connection", f"close, {name}")], token=person.tokens.access).seen
    assert identity(seen) == of_person(person)


def test_what_trails_a_body_names_nobody(gateway: Gateway, service: Service) -> None:
    """Some servers take trailers for headers (RFC 9110 section 6.5.1 forbids it)."""
    for name in (*NAMES, "X_Auth_User_Id"):
        headers, trailers = [("Trailer", name), ("TE", "trailers")], [(name, FORGED)]
        for path, expected in (("/orders", of_service(service)), ("/public/", dict.fromkeys(NAMES, ""))):
            seen = send(
                gateway.port, path, headers, token=service.token, method="POST", body=[b"x"], trailers=trailers
            ).seen
            assert seen.body == "x"
            assert identity(seen) == expected
