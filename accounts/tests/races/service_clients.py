"""Service clients made at the command line, which ask any server process for all that they have."""

from collections.abc import Mapping

from accounts.tests.races.services import Service
from accounts.tests.support.databases import Database
from accounts.tests.support.http import Response
from accounts.tests.support.processes import Server


def create(database: Database, *, env: Mapping[str, str] | None = None) -> Service:
    """Without scopes; under the settings that the servers have."""
    printed = database.manage("create_client", "orders", env={"LOG_LEVEL": "ERROR"} | dict(env or {}))
    lines = dict(line.split("=", 1) for line in printed.splitlines() if line.startswith("CLIENT_"))
    return Service(lines["CLIENT_ID"], lines["CLIENT_SECRET"])


def ask_for_token(server: Server, service: Service) -> Response:
    named = {"client_id": service.client_id, "client_secret": service.secret}
    with server.client() as client:
        return client.post("/auth/token", {"grant_type": "client_credentials"} | named)


def sign_in(server: Server, service: Service) -> str:
    """An access token; AssertionError with the answer when it is refused."""
    answer = ask_for_token(server, service)
    assert answer.status == 200, answer
    token: str = answer.json["access_token"]
    return token
