"""The same for who shows a token, at `GET /auth/user` and `/auth/forward`, and for the keys."""

from typing import Any, Final

import pytest

from accounts.tests.fastlane.ways import Ways, differences, hits, request, show
from accounts.tests.rest.test_forged_access_tokens import FORGERIES
from accounts.tests.support import service_clients
from accounts.tests.support.factories import Tokens

JWKS: Final = "/.well-known/jwks.json"
PATHS: Final = ("/auth/user", "/auth/forward")

REMARKABLE: Final[dict[str, dict[str, Any]]] = {
    "HEAD": {"REQUEST_METHOD": "HEAD"},
    "POST": {"REQUEST_METHOD": "POST"},
    "PATCH": {"REQUEST_METHOD": "PATCH"},
    "OPTIONS": {"REQUEST_METHOD": "OPTIONS"},
    "get": {"REQUEST_METHOD": "get"},
    "a query": {"QUERY_STRING": "x=1"},
    "a token in the query": {"QUERY_STRING": "access_token=x"},
    "a demand": {"QUERY_STRING": "group=admins"},
    "an empty demand": {"QUERY_STRING": "scope="},
    "a mistyped demand": {"QUERY_STRING": "groups=admins"},
    "an origin": {"HTTP_ORIGIN": "https://app.example.com"},
    "cookies": {"HTTP_COOKIE": "access=x"},
    "no readable cookies": {"HTTP_COOKIE": ""},
    "a CSRF token": {"HTTP_X_CSRF_TOKEN": "x"},
    "a condition": {"HTTP_IF_NONE_MATCH": "*"},
    "a date": {"HTTP_IF_MODIFIED_SINCE": "Sat, 01 Jan 2039 00:00:00 GMT"},
    "a body": {"CONTENT_LENGTH": "2", "wsgi.input": b"{}"},
    "a body in chunks": {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": b"{}"},
    "a path below": {"PATH_INFO": "/auth/forward/x"},
}
OF_ANOTHER_REQUEST: Final[dict[str, dict[str, Any]]] = {
    "another host": {"HTTP_HOST": "evil.example"},
    "no host": {"HTTP_HOST": None},
    "HTML accepted": {"HTTP_ACCEPT": "text/html"},
    "nothing accepted": {"HTTP_ACCEPT": ""},
}
"""Which the gateway door does not look at."""

AUTHORIZATIONS: Final = (
    *("bearer {}", "BEARER {}", "Bearer  {}", "Bearer {} ", " Bearer {}", "Bearer\t{}", "Bearer {}="),
    *("Bearer", "Bearer ", "", "Basic {}", "Token {}", "{}", "Bearer {},Bearer {}", "Bearer {} {}"),
)


@pytest.fixture
def warm_everywhere(ways: Ways, tokens: Tokens) -> Ways:
    for path in PATHS:
        ways.by_lane(show(path, tokens.access))
        assert ways.is_hit(show(path, tokens.access))
    return ways


@pytest.mark.parametrize("path", PATHS)
def test_a_caller_gets_the_same_answer(warm_everywhere: Ways, tokens: Tokens, path: str) -> None:
    environs = {"plain": show(path, tokens.access), "a type": show(path, tokens.access, CONTENT_TYPE="text/plain")}
    environs |= {"a length of none": show(path, tokens.access, CONTENT_LENGTH="0")}
    assert differences(warm_everywhere, environs) == {}
    assert hits(warm_everywhere, environs) == set(environs)


@pytest.mark.parametrize("path", PATHS)
def test_what_is_remarkable_is_djangos_to_answer(warm_everywhere: Ways, tokens: Tokens, path: str) -> None:
    environs = {name: show(path, tokens.access, **changes) for name, changes in REMARKABLE.items()}
    assert differences(warm_everywhere, environs) == {}
    assert hits(warm_everywhere, environs) == set()


def test_what_a_gateway_hands_on_is_not_asked_for(warm_everywhere: Ways, tokens: Tokens) -> None:
    at_the_gateway = {name: show("/auth/forward", tokens.access, **each) for name, each in OF_ANOTHER_REQUEST.items()}
    elsewhere = {name: show("/auth/user", tokens.access, **each) for name, each in OF_ANOTHER_REQUEST.items()}
    assert differences(warm_everywhere, at_the_gateway) == differences(warm_everywhere, elsewhere) == {}
    assert hits(warm_everywhere, at_the_gateway) == set(at_the_gateway)
    assert hits(warm_everywhere, elsewhere) == set()


@pytest.mark.parametrize("path", PATHS)
def test_other_ways_to_show_a_token_get_the_same_answer(warm_everywhere: Ways, tokens: Tokens, path: str) -> None:
    texts = [text.format(tokens.access, tokens.access) for text in AUTHORIZATIONS]
    texts += [f"Bearer {forge(tokens.access)}" for forge in FORGERIES.values()]
    environs = {text: request("GET", path, HTTP_AUTHORIZATION=text) for text in texts}
    environs |= {"none": request("GET", path), "a refresh token": show(path, tokens.refresh)}
    assert differences(warm_everywhere, environs) == {}
    assert hits(warm_everywhere, environs) == set()


@pytest.mark.parametrize("path", PATHS)
def test_a_service_client_gets_the_same_answer(warm_everywhere: Ways, path: str) -> None:
    token = service_clients.token_of(service_clients.make("users:read", "orders:write"))
    for _ in range(2):
        assert differences(warm_everywhere, {"client": show(path, token)}) == {}


def test_the_keys_are_the_same(ways: Ways, tokens: Tokens) -> None:
    ways.by_lane(request("GET", JWKS))
    environs = {"plain": request("GET", JWKS), "shown": show(JWKS, tokens.access)}
    assert differences(ways, environs) == {}
    assert hits(ways, environs) == set(environs)
    environs = {name: request("GET", JWKS, **changes) for name, changes in (REMARKABLE | OF_ANOTHER_REQUEST).items()}
    assert differences(ways, environs) == {}
    assert hits(ways, environs) == set()
