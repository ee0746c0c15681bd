"""Cookie mode behind a gateway: a browser's cookie is taken, and what changes something needs the CSRF token, too."""

import json
import time
from typing import Final

import pytest

from accounts.tests.gateways.echo import Echo
from accounts.tests.gateways.gateways import Gateway
from accounts.tests.gateways.people import Authservice, Person
from accounts.tests.gateways.sending import Headers, send
from accounts.tests.gateways.test_identity import identity, of_person
from accounts.tests.gateways.test_refusals import FELT_WITHIN_SECONDS
from accounts.tests.races import people
from accounts.tests.support.factories import PASSWORD

pytestmark = pytest.mark.gateways

UNSAFE: Final = ("POST", "PUT", "PATCH", "DELETE", "PROPFIND")
OWN: Final = "http://localhost:8000"


def test_a_browser_signs_in_works_and_signs_out(gateway: Gateway, application: Echo, authservice: Authservice) -> None:
    """All of it through the gateway; a cookie that was copied is dead afterwards."""
    credentials = json.dumps({"email": people.register(authservice.server), "password": PASSWORD}).encode()
    sent = [("Content-Type", "application/json"), ("X-Auth-Transport", "cookie"), ("Origin", OWN)]
    signed_in = send(gateway.port, "/auth/login", sent, method="POST", body=credentials)
    assert signed_in.status == 200, signed_in
    pairs = [each.partition(";")[0] for each in signed_in.headers.get_all("Set-Cookie", [])]
    own = [("Cookie", "; ".join(pairs)), ("X-CSRF-Token", signed_in.json["csrf_token"]), ("Origin", OWN)]
    assert send(gateway.port, headers=own, method="POST", body=b"x").seen.body == "x"
    assert send(gateway.port, "/auth/logout", own, method="POST").status == 204
    time.sleep(FELT_WITHIN_SECONDS)
    application.paths.clear()
    assert send(gateway.port, headers=own).status == 401
    assert application.paths == []


def cookie(person: Person) -> tuple[str, str]:
    return "Cookie", f"theme=dark; access={person.tokens.access}"


def test_a_cookie_opens_the_door_to_what_changes_nothing(gateway: Gateway, person: Person) -> None:
    assert identity(send(gateway.port, headers=[cookie(person)]).seen) == of_person(person)
    assert send(gateway.port, headers=[cookie(person)], method="HEAD").status == 200


@pytest.mark.parametrize("method", UNSAFE)
def test_with_the_csrf_token_it_opens_the_door_to_the_rest(gateway: Gateway, person: Person, method: str) -> None:
    own = [cookie(person), ("X-CSRF-Token", person.csrf_token), ("Origin", OWN), ("Sec-Fetch-Site", "same-origin")]
    assert identity(send(gateway.port, headers=own, method=method, body=b"x").seen) == of_person(person)


@pytest.mark.parametrize("method", UNSAFE)
def test_without_it_nothing_is_changed(
    gateway: Gateway, application: Echo, authservice: Authservice, person: Person, method: str
) -> None:
    """Whatever the client says of its method, or has dropped on the way."""
    another = authservice.person()
    lies: list[Headers] = [
        [],
        [("X-CSRF-Token", another.csrf_token)],
        [("X-Forwarded-Method", "GET")],
        [("X-Forwarded-Method", "GET"), ("Connection", "close, X-Forwarded-Method")],
        [("X-CSRF-Token", person.csrf_token), ("Sec-Fetch-Site", "cross-site")],
        [("X-CSRF-Token", person.csrf_token), ("Sec-Fetch-Site", "same-site")],
        [("X-CSRF-Token", person.csrf_token), ("Origin", "https://evil.example")],
        [("X-CSRF-Token", person.csrf_token), ("Origin", "null")],
    ]
    for headers in lies:
        answer = send(gateway.port, headers=[cookie(person), *headers], method=method, body=b"x")
        assert answer.status == 403, headers
    assert application.paths == []


def test_a_bad_header_does_not_fall_back_to_the_cookie(gateway: Gateway, application: Echo, person: Person) -> None:
    assert send(gateway.port, headers=[cookie(person)], token="a.b.c").status == 401
    assert application.paths == []


def test_a_planted_cookie_beside_ours_opens_nothing(
    gateway: Gateway, application: Echo, authservice: Authservice, person: Person
) -> None:
    another = authservice.person()
    for first, second in ((person, another), (another, person)):
        two = f"access={first.tokens.access}; access={second.tokens.access}"
        assert send(gateway.port, headers=[("Cookie", two)]).status == 401
    assert application.paths == []
