"""What ends tokens at the auth service: each change, and whom it is tried on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from accounts.tests.races import people, suspending
from accounts.tests.races.connector.conftest import Fleet
from accounts.tests.support.factories import PASSWORD
from accounts.tests.support.forging import claims_of
from accounts.tests.support.http import JSONClient, Response

NEW_PASSWORD: Final = "seven kites over helsinki"
ORDERS: Final = "/orders"
COUNT: Final = "/orders/count"

Act = Callable[[JSONClient, Fleet, str], Response]


@dataclass(frozen=True, slots=True)
class Change:
    """`make` gets a token of somebody new; `act` ends it; `path` is what they call meanwhile."""

    act: Act
    make: Callable[[Fleet], str]
    path: str = ORDERS


def make_person(fleet: Fleet) -> str:
    return suspending.newcomer(fleet.auth).access


def make_service(fleet: Fleet) -> str:
    """One that may count orders."""
    with fleet.auth.here.client() as client:
        body = {"name": "reports", "scopes": ["orders:count"]}
        made = client.post("/clients", body, token=fleet.auth.staff.access)
        assert made.status == 201, made
        named = {"client_id": made.json["id"], "client_secret": made.json["secret"]}
        answer = client.post("/auth/token", {"grant_type": "client_credentials"} | named)
    assert answer.status == 200, answer
    return str(answer.json["access_token"])


def suspend(client: JSONClient, fleet: Fleet, token: str) -> Response:
    path = f"/users/{claims_of(token)['sub']}/suspend"
    return client.post(path, {"reason": "a trial"}, token=fleet.auth.staff.access)


def log_out(client: JSONClient, fleet: Fleet, token: str) -> Response:
    return client.post("/auth/logout", token=token)


def change_password(client: JSONClient, fleet: Fleet, token: str) -> Response:
    """In another session of the same person: it is the others that end."""
    email = client.get("/auth/user", token=token).json["email"]
    own = people.tokens_of(people.log_in(client, email))
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    return client.post("/auth/password/change", body, token=own.access)


def delete(client: JSONClient, fleet: Fleet, token: str) -> Response:
    return client.post("/auth/user/delete", {"password": PASSWORD}, token=token)


def disable(client: JSONClient, fleet: Fleet, token: str) -> Response:
    return _change_client(client, fleet, token, {"is_active": False})


def narrow(client: JSONClient, fleet: Fleet, token: str) -> Response:
    return _change_client(client, fleet, token, {"scopes": []})


def _change_client(client: JSONClient, fleet: Fleet, token: str, changes: Mapping[str, object]) -> Response:
    return client.request("PATCH", f"/clients/{claims_of(token)['sub']}", changes, token=fleet.auth.staff.access)


CHANGES: Final = {
    "suspension": Change(suspend, make_person),
    "logout": Change(log_out, make_person),
    "password change": Change(change_password, make_person),
    "deletion": Change(delete, make_person),
    "client disabled": Change(disable, make_service, COUNT),
    "client narrowed": Change(narrow, make_service, COUNT),
}
