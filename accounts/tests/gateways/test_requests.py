"""A request that is let through arrives whole; authservice sees only its head."""

from typing import Final

import pytest

from accounts.tests.gateways.conftest import StartGateway
from accounts.tests.gateways.gateways import Gateway
from accounts.tests.gateways.people import Authservice, Person
from accounts.tests.gateways.sending import send
from accounts.tests.support.ports import free_port

pytestmark = pytest.mark.gateways

BODY: Final = bytes(range(256)) * 2_000  # 512 KB: more than authservice would take, or a gateway keep in memory


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
def test_any_method_gets_through(gateway: Gateway, person: Person, method: str) -> None:
    seen = send(gateway.port, "/orders/7?status=open&group=x", method=method, token=person.tokens.access).seen
    assert (seen.method, seen.path, seen.body) == (method, "/orders/7?status=open&group=x", "")


def test_head_gets_through(gateway: Gateway, person: Person) -> None:
    answer = send(gateway.port, method="HEAD", token=person.tokens.access)
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
def test_a_body_gets_through_whole(gateway: Gateway, person: Person, method: str) -> None:
    odd = [("Content-Type", "image/png"), ("Accept", "image/webp")]
    seen = send(gateway.port, headers=odd, method=method, body=BODY, token=person.tokens.access).seen
    assert seen.body.encode("latin-1") == BODY
    assert seen.named("Content-Type") == ["image/png"]


def test_a_body_in_chunks_gets_through_whole(gateway: Gateway, person: Person) -> None:
    chunks = [BODY[start : start + 50_000] for start in range(0, len(BODY), 50_000)]
    assert (
        send(gateway.port, method="POST", body=chunks, token=person.tokens.access).seen.body.encode("latin-1") == BODY
    )


def test_the_clients_own_headers_get_through(gateway: Gateway, person: Person) -> None:
    """Whatever they say to authservice: a host that is not its own, a condition, a part of an answer."""
    own = [
        ("Accept", "image/webp"),
        ("Content-Type", "made/up"),
        ("If-None-Match", "*"),
        ("Range", "bytes=0-1"),
        ("Cookie", "theme=dark"),
        ("Origin", "https://app.example.com"),
        ("X-Authority", "kept"),
    ]
    seen = send(gateway.port, headers=own, token=person.tokens.access).seen
    assert {name: seen.named(name) for name, _ in own} == {name: [value] for name, value in own}
    assert seen.named("Authorization") == [f"Bearer {person.tokens.access}"]


def test_what_is_authservices_own_is_asked_there(gateway: Gateway, person: Person) -> None:
    """With its own words for a token that is none, which a client heeds."""
    assert send(gateway.port, "/auth/user", token=person.tokens.access).json["id"] == str(person.user_id)
    assert send(gateway.port, "/auth/user", token="a.b.c").json["code"] == "token_invalid"


def test_somebody_in_many_groups_gets_through(gateway: Gateway, authservice: Authservice) -> None:
    groups = [f"{number:03}" + " a" * 70 for number in range(30)]
    seen = send(gateway.port, token=authservice.person(*groups).tokens.access).seen
    assert seen.named("X-Auth-Groups") == [",".join(groups).replace(" ", "%20")]  # 8 KB


def test_envoy_may_hand_on_the_path_and_query_of_its_client(
    start_gateway: StartGateway, authservice: Authservice, person: Person
) -> None:
    """As its older versions do, without `path_override`. What the client demands in addition is heeded."""
    edits = {"path_override: /auth/forward\n": "path_prefix: /auth/forward\n"}
    envoy = start_gateway("envoy", authservice=authservice.server.port, edits=edits)
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        for path in ("/", "/orders/7/lines", "/users/login", "/a%0Ab?status=open"):
            assert send(envoy.port, path, method=method, token=person.tokens.access).seen.path == path
    assert send(envoy.port, "/orders?group=staff", token=person.tokens.access).status == 403
    assert send(envoy.port, "/orders").status == 401


def test_nginxs_own_way_to_authservice_is_for_nobody_else(start_gateway: StartGateway, person: Person) -> None:
    nginx = start_gateway("nginx", authservice=free_port())
    for path in (
        "/_authservice/anybody",
        "/_authservice/staff",
        "/_authservice/",
        "//_authservice/staff",
        "/%5fauthservice/staff",
        "/_authservice/../_authservice/staff",
    ):
        refused = 400 if ".." in path or path.startswith("//") else 404
        assert send(nginx.port, path, token=person.tokens.access).status == refused
