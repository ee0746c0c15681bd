"""Somebody fresh for a case, and what of theirs takes the place of made-up values."""

from dataclasses import dataclass
from itertools import count
from typing import Final

from accounts.tests.support.factories import PASSWORD
from accounts.tests.support.http import JSONClient
from accounts.tests.support.oauth import OAUTH_PATHS

STAFF: Final = "staff@example.com"
"""May do everything; is there from the start."""

SERVICE_SCOPES: Final = ["notices:read", "tokens:introspect"]

_numbers: Final = count(1)


@dataclass(frozen=True, slots=True)
class Person:
    email: str
    access: str
    refresh: str
    session_id: str
    user_id: str

    def in_cookies(self) -> dict[str, str]:
        """As a browser shows who it is, over http."""
        return {"Cookie": f"access={self.access}; refresh={self.refresh}"}

    def values(self) -> dict[str, str]:
        """By the names that REST and GraphQL have for them."""
        passwords = dict.fromkeys(("password", "current_password", "currentPassword"), PASSWORD)
        fresh = dict.fromkeys(("new_password", "newPassword"), "seven kites over helsinki")
        fresh |= dict.fromkeys(("new_email", "newEmail"), _free_address())
        ids = {"session_id": self.session_id, "id": self.session_id, "user_id": self.user_id}
        return {"email": self.email, "refresh": self.refresh, "token": self.access, **passwords, **fresh, **ids}

    def values_for(self, operation: str) -> dict[str, str]:
        """The same, but a free address where an account is to be made, and the person where staff act on somebody."""
        if is_for_staff(operation):
            return self.values() | {"id": self.user_id, "reason": "case 4711", "until": "2100-01-01T00:00:00Z"}
        if not operation.lower().endswith("register"):
            return self.values()
        names = dict.fromkeys(("first_name", "firstName", "last_name", "lastName"), "Ada")
        return self.values() | {"email": _free_address(), "phone_number": "", "phoneNumber": "", **names}


def fresh_person(client: JSONClient) -> Person:
    """Registered and signed in over REST."""
    account = {"email": _free_address(), "password": PASSWORD}
    assert client.post("/auth/register", account).status == 201
    tokens = client.post("/auth/login", account).json
    (session,) = client.get("/auth/sessions", token=tokens["access"]).json["results"]
    return Person(account["email"], tokens["access"], tokens["refresh"], session["id"], tokens["user"]["id"])


@dataclass(frozen=True, slots=True)
class Service:
    """A service client that may ask about tokens and follow the log, which it has read to its end."""

    id: str
    secret: str
    secret_id: str
    cursor: str

    def values_for(self, path: str) -> dict[str, str]:
        """By the names that REST has for them; OAuth's own names at its endpoints alone."""
        values = {"client_id": self.id, "secret_id": self.secret_id, "cursor": self.cursor}
        if path not in OAUTH_PATHS:
            return values
        return values | self._grant()

    def token(self, client: JSONClient) -> str:
        return str(client.post("/auth/token", {"client_id": self.id} | self._grant()).json["access_token"])

    def _grant(self) -> dict[str, str]:
        scope = {"scope": " ".join(SERVICE_SCOPES)}
        return {"grant_type": "client_credentials", "client_secret": self.secret, **scope}


def service_for(path: str, client: JSONClient, staff: str) -> Service | None:
    """A fresh one where it matters. Deletions wait for it where it is to acknowledge, and nowhere else: there may be
    many.
    """
    if not (path in OAUTH_PATHS or path.startswith("/clients/") or is_for_services(path)):
        return None
    holds = {"holds_personal_data": is_for_services(path)}
    made = client.post("/clients", {"name": "fuzzing", "scopes": SERVICE_SCOPES, **holds}, token=staff).json
    cursor = client.get("/notices", token=staff).json["cursor"]
    return Service(made["id"], made["secret"], made["secrets"][0]["id"], cursor)


def staff_token(client: JSONClient) -> str:
    """An access token that outlasts the run."""
    tokens: dict[str, str] = client.post("/auth/login", {"email": STAFF, "password": PASSWORD}).json
    return tokens["access"]


def is_for_staff(operation: str) -> bool:
    """A path, or a field of GraphQL's."""
    return operation.startswith(("/users", "/notices", "/clients")) or ".admin" in operation


def is_for_services(path: str) -> bool:
    return path == "/notices/ack"


def _free_address() -> str:
    return f"somebody{next(_numbers)}@example.com"
