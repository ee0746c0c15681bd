"""The Python of docs/verifying.md does what the page says of it, against a service that runs."""

import re
from typing import Any, Final

import jwt
import pytest

from accounts.tests.contract.oauth.libraries import VERIFIERS
from accounts.tests.races import people, service_clients
from accounts.tests.support.environment import CHECKOUT
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of, resigned
from accounts.tests.support.processes import Server, Servers

pytestmark = pytest.mark.processes

PAGE: Final = (CHECKOUT / "docs/verifying.md").read_text(encoding="utf-8")
BLOCK: Final = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def server(servers: Servers) -> Server:
    (server,) = servers.start(is_issuer=True)
    return server


@pytest.fixture
def tokens(server: Server) -> Tokens:
    return people.sign_in(server, people.register(server))


def block_with(name: str, server: Server) -> dict[str, Any]:
    """The names of the one block that defines this function, which calls this server."""
    (block,) = [block for block in BLOCK.findall(PAGE) if f"def {name}(" in block]
    assert "http://localhost:8000" in block
    names: dict[str, Any] = {}
    exec(block.replace("http://localhost:8000", server.url), names)
    return names


def bad_ones(servers: Servers, tokens: Tokens) -> list[str]:
    now = claims_of(tokens.access)["iat"]
    altered = f"{tokens.access[:-8]}AAAAAAAA"
    with servers.database.orm():
        elsewhere = resigned(tokens.access, claims={"aud": "elsewhere"})
        expired = resigned(tokens.access, claims={"iat": now - 400, "nbf": now - 400, "exp": now - 100})
        other_type = resigned(tokens.access, header={"typ": "JWT"})
    return [tokens.refresh, altered, elsewhere, expired, other_type, "", "x", "\x00", "a.b.c", "x" * 70_000]


def test_asking_tells_yes_from_no(servers: Servers, server: Server, tokens: Tokens) -> None:
    ask = block_with("ask", server)["ask"]
    assert ask(tokens.access)["user"]["id"] == claims_of(tokens.access)["sub"]
    for token in bad_ones(servers, tokens):
        assert ask(token) is None
    service = service_clients.create(servers.database)
    answer = ask(service_clients.sign_in(server, service))
    assert (answer["user"], answer["client_id"]) == (None, service.client_id)


def test_asking_hears_of_a_sign_out_and_says_when_it_can_not_tell(server: Server, tokens: Tokens) -> None:
    page = block_with("ask", server)
    with server.client() as client:
        assert client.post("/auth/logout", token=tokens.access).status == 204
    assert page["ask"](tokens.access) is None
    server.stop()
    with pytest.raises(page["CannotTell"]):
        page["ask"](tokens.access)


def test_keys_alone_tell_yes_from_no(servers: Servers, server: Server, tokens: Tokens) -> None:
    verify = block_with("verify", server)["verify"]
    assert verify(tokens.access) == claims_of(tokens.access)
    service = service_clients.create(servers.database)
    assert verify(service_clients.sign_in(server, service))["sub"] == service.client_id
    for token in bad_ones(servers, tokens):
        with pytest.raises(jwt.PyJWTError):
            verify(token)


def test_keys_alone_hear_of_nothing_and_last_as_long_as_they_are_kept(server: Server, tokens: Tokens) -> None:
    page, later = (block_with("verify", server) for _ in range(2))
    assert page["verify"](tokens.access)
    with server.client() as client:
        assert client.post("/auth/logout", token=tokens.access).status == 204
    assert people.verify(server, tokens.access).status == 401
    server.stop()
    assert page["verify"](tokens.access)
    with pytest.raises(later["CannotTell"]):
        later["verify"](tokens.access)


def test_every_block_is_tried_and_every_library_has_its_line() -> None:
    assert len(BLOCK.findall(PAGE)) == 2
    rows = re.findall(r"^\| ([a-zA-Z0-9-]+)(?:, [a-z-]+)? \| ", PAGE.partition("## Libraries")[2], re.MULTILINE)
    assert {row.lower().replace("-", "_") for row in rows} >= set(VERIFIERS)
