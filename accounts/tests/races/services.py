"""Service clients that come through the door of real server processes."""

from dataclasses import dataclass
from typing import Any, Final

from accounts.tests.races.suspending import Pair
from accounts.tests.support.http import JSONClient, Response

SCOPE: Final = "orders:write"


@dataclass(frozen=True, slots=True)
class Service:
    client_id: str
    secret: str


def make(pair: Pair) -> Service:
    """One that has SCOPE."""
    with pair.here.client() as client:
        answer = client.post("/clients", {"name": "orders", "scopes": [SCOPE]}, token=pair.staff.access)
    assert answer.status == 201, answer
    return Service(answer.json["id"], answer.json["secret"])


def ask(client: JSONClient, service: Service) -> Response:
    """For a token with SCOPE."""
    credentials = {"client_id": service.client_id, "client_secret": service.secret}
    return client.post("/auth/token", {"grant_type": "client_credentials", "scope": SCOPE} | credentials)


def token_of(pair: Pair, service: Service) -> str:
    with pair.here.client() as client:
        answer = ask(client, service)
    assert answer.status == 200, answer
    return str(answer.json["access_token"])


def change(pair: Pair, service: Service, changes: dict[str, Any]) -> None:
    """Through `here`."""
    with pair.here.client() as client:
        answer = client.request("PATCH", f"/clients/{service.client_id}", changes, token=pair.staff.access)
    assert answer.status == 200, answer
