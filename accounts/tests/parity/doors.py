"""The two doors behind one protocol: what was asked, and what came of it, in REST's spelling."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from django.utils.dateparse import parse_datetime
from graphene.utils.str_converters import to_camel_case, to_snake_case
from rest_framework.test import APIClient

PERSON: Final = "id email emailVerified firstName lastName phoneNumber isActive isStaff groups"
USER: Final = f"{PERSON} dateJoined lastLogin updatedAt version"
LOOKED_AFTER: Final = f"{USER} expiresAt"
OF_A_PERSON: Final = f"user {{ {LOOKED_AFTER} }}"
TOKENS: Final = "access refresh tokenType expiresIn refreshExpiresIn"
CLAIMS: Final = "active tokenType sub sid clientId exp iat scope groups"
SESSION: Final = "id createdAt lastUsedAt expiresAt ip userAgent amr current"
DELETION: Final = "id userId requestedAt beginsAt completedAt"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`code` is empty where all went well; `fields` are (name, code) of what did not fit."""

    code: str = ""
    detail: str = ""
    fields: frozenset[tuple[str, str]] = frozenset()
    retry_after: int | None = None
    data: Any = None
    operation: str = ""
    """As REST's document names it."""

    @property
    def reason(self) -> tuple[str, frozenset[tuple[str, str]]]:
        return self.code, self.fields


class InCookie(str):
    """An access token as a browser shows it."""

    __slots__ = ()


def shown(access: str) -> dict[str, str]:
    if isinstance(access, InCookie):
        return {"HTTP_COOKIE": f"access={access}"}
    return {"HTTP_AUTHORIZATION": f"Bearer {access}"} if access else {}


class Door(Protocol):
    """Every call takes whatever values; `access` is the Bearer token, if any."""

    def register(self, **given: Any) -> Outcome: ...

    def login(self, **given: Any) -> Outcome: ...

    def refresh(self, **given: Any) -> Outcome: ...

    def verify(self, **given: Any) -> Outcome: ...

    def logout(self, access: str = "", **given: Any) -> Outcome: ...

    def user(self, access: str = "") -> Outcome: ...

    def update(self, access: str = "", **given: Any) -> Outcome: ...

    def change_password(self, access: str = "", **given: Any) -> Outcome: ...

    def sessions(self, access: str = "") -> Outcome: ...

    def end_session(self, access: str = "", *, id: str) -> Outcome: ...  # noqa: A002 - its name at both doors

    def suspend(self, access: str = "", *, id: str, **given: Any) -> Outcome: ...  # noqa: A002

    def reinstate(self, access: str = "", *, id: str) -> Outcome: ...  # noqa: A002

    def delete_me(self, access: str = "", **given: Any) -> Outcome: ...

    def delete_user(self, access: str = "", *, id: str) -> Outcome: ...  # noqa: A002

    def create(self, access: str = "", **given: Any) -> Outcome: ...

    def change(self, access: str = "", *, id: str, **given: Any) -> Outcome: ...  # noqa: A002

    def person(self, access: str = "", *, id: str) -> Outcome: ...  # noqa: A002

    def people(self, access: str = "", **given: Any) -> Outcome: ...

    def ask_reset(self, **given: Any) -> Outcome: ...

    def reset(self, **given: Any) -> Outcome: ...

    def verify_email(self, **given: Any) -> Outcome: ...

    def resend(self, **given: Any) -> Outcome: ...

    def change_email(self, access: str = "", **given: Any) -> Outcome: ...

    def stay(self, **given: Any) -> Outcome: ...


class RestDoor:
    def register(self, **given: Any) -> Outcome:
        return self._call("POST", "/auth/register", given)

    def login(self, **given: Any) -> Outcome:
        return self._call("POST", "/auth/login", given)

    def refresh(self, **given: Any) -> Outcome:
        return self._call("POST", "/auth/refresh", given)

    def verify(self, **given: Any) -> Outcome:
        return self._call("POST", "/auth/verify", given)

    def logout(self, access: str = "", **given: Any) -> Outcome:
        return self._call("POST", "/auth/logout", given, access)

    def user(self, access: str = "") -> Outcome:
        return self._call("GET", "/auth/user", None, access)

    def update(self, access: str = "", **given: Any) -> Outcome:
        return self._call("PATCH", "/auth/user", given, access)

    def change_password(self, access: str = "", **given: Any) -> Outcome:
        return self._call("POST", "/auth/password/change", given, access)

    def sessions(self, access: str = "") -> Outcome:
        return self._call("GET", "/auth/sessions", None, access)

    def end_session(self, access: str = "", *, id: str) -> Outcome:  # noqa: A002
        return self._call("DELETE", f"/auth/sessions/{id}", None, access)

    def suspend(self, access: str = "", *, id: str, **given: Any) -> Outcome:  # noqa: A002
        return self._call("POST", f"/users/{id}/suspend", given, access)

    def reinstate(self, access: str = "", *, id: str) -> Outcome:  # noqa: A002
        return self._call("POST", f"/users/{id}/reinstate", None, access)

    def delete_me(self, access: str = "", **given: Any) -> Outcome:
        return self._call("POST", "/auth/user/delete", given, access)

    def delete_user(self, access: str = "", *, id: str) -> Outcome:  # noqa: A002
        return self._call("DELETE", f"/users/{id}", None, access)

    def create(self, access: str = "", **given: Any) -> Outcome:
        return self._call("POST", "/users", given, access)

    def change(self, access: str = "", *, id: str, **given: Any) -> Outcome:  # noqa: A002
        return self._call("PATCH", f"/users/{id}", given, access)

    def person(self, access: str = "", *, id: str) -> Outcome:  # noqa: A002
        return self._call("GET", f"/users/{id}", None, access)

    def people(self, access: str = "", **given: Any) -> Outcome:
        return self._call("GET", f"/users?{urlencode(given)}", None, access)

    def ask_reset(self, **given: Any) -> Outcome:
        return self._call("POST", "/auth/password/reset", given)

    def reset(self, **given: Any) -> Outcome:
        return self._call("POST", "/auth/password/reset/confirm", given)

    def verify_email(self, **given: Any) -> Outcome:
        return self._call("POST", "/auth/email/verify", given)

    def resend(self, **given: Any) -> Outcome:
        return self._call("POST", "/auth/email/resend", given)

    def change_email(self, access: str = "", **given: Any) -> Outcome:
        return self._call("POST", "/auth/email/change", given, access)

    def stay(self, **given: Any) -> Outcome:
        return self._call("POST", "/auth/user/delete/cancel", given)

    @staticmethod
    def _call(method: str, path: str, given: Mapping[str, Any] | None, access: str = "") -> Outcome:
        body = b"" if given is None else json.dumps(given).encode()
        headers = shown(access)
        answer: Any = APIClient().generic(method, path, body, "application/json", **headers)  # type: ignore[arg-type]
        found = json.loads(answer.content or b"null")
        if answer.status_code < 300:
            is_list = isinstance(found, dict) and "results" in found
            return Outcome(data=comparable(found["results"] if is_list else found) or None)
        return Outcome(
            code=found["code"],
            detail=found["detail"],
            fields=frozenset((error["field"], error["code"]) for error in found.get("errors", [])),
            retry_after=int(answer.headers["Retry-After"]) if "Retry-After" in answer.headers else None,
            operation=f"{method} {as_documented(path)}",
        )


class GraphqlDoor:
    def register(self, **given: Any) -> Outcome:
        outcome = self._mutate("register", f"user {{ {USER} }}", given)  # REST has an empty object, where no user
        return outcome if outcome.code else Outcome(data=outcome.data["user"])

    def login(self, **given: Any) -> Outcome:
        return self._mutate("login", f"{TOKENS} user {{ {USER} }}", given)

    def refresh(self, **given: Any) -> Outcome:
        return self._mutate("refreshToken", TOKENS, given)

    def verify(self, **given: Any) -> Outcome:
        query = f"query ($token: String!) {{ verifyToken(token: $token) {{ {CLAIMS} user {{ {USER} }} }} }}"
        return self._call("verifyToken", query, given)

    def logout(self, access: str = "", **given: Any) -> Outcome:
        scope = {"scope": given["scope"].upper()} if "scope" in given else {}
        return self._done(self._mutate("logout", "ok", given | scope, access))

    def user(self, access: str = "") -> Outcome:
        return self._call("me", f"{{ me {{ {USER} }} }}", {}, access)

    def update(self, access: str = "", **given: Any) -> Outcome:
        outcome = self._mutate("updateMe", f"user {{ {USER} }}", given, access)
        return outcome if outcome.code else Outcome(data=outcome.data["user"])

    def change_password(self, access: str = "", **given: Any) -> Outcome:
        return self._done(self._mutate("changePassword", "ok", given, access))

    def sessions(self, access: str = "") -> Outcome:
        return self._call("sessions", f"{{ sessions {{ {SESSION} }} }}", {}, access)

    def end_session(self, access: str = "", *, id: str) -> Outcome:  # noqa: A002
        return self._done(self._mutate("revokeSession", "ok", {"id": id}, access))

    def suspend(self, access: str = "", *, id: str, **given: Any) -> Outcome:  # noqa: A002
        outcome = self._mutate("adminSuspendUser", OF_A_PERSON, {"id": id} | given, access)
        return outcome if outcome.code else Outcome(data=outcome.data["user"])

    def reinstate(self, access: str = "", *, id: str) -> Outcome:  # noqa: A002
        outcome = self._mutate("adminReinstateUser", OF_A_PERSON, {"id": id}, access)
        return outcome if outcome.code else Outcome(data=outcome.data["user"])

    def delete_me(self, access: str = "", **given: Any) -> Outcome:
        outcome = self._mutate("deleteMe", f"deletion {{ {DELETION} }}", given, access)
        return outcome if outcome.code else Outcome(data=outcome.data["deletion"])

    def delete_user(self, access: str = "", *, id: str) -> Outcome:  # noqa: A002
        outcome = self._mutate("adminDeleteUser", f"deletion {{ {DELETION} }}", {"id": id}, access)
        return outcome if outcome.code else Outcome(data=outcome.data["deletion"])

    def create(self, access: str = "", **given: Any) -> Outcome:
        outcome = self._mutate("adminCreateUser", OF_A_PERSON, given, access)
        return outcome if outcome.code else Outcome(data=outcome.data["user"])

    def change(self, access: str = "", *, id: str, **given: Any) -> Outcome:  # noqa: A002
        outcome = self._mutate("adminUpdateUser", OF_A_PERSON, {"id": id} | given, access)
        return outcome if outcome.code else Outcome(data=outcome.data["user"])

    def person(self, access: str = "", *, id: str) -> Outcome:  # noqa: A002
        return self._call("user", f"query ($id: ID!) {{ user(id: $id) {{ {LOOKED_AFTER} }} }}", {"id": id}, access)

    def people(self, access: str = "", **given: Any) -> Outcome:
        query = (
            "query ($search: String, $group: String) { users(search: $search, group: $group) { edges { node { %s }}}}"
        )
        outcome = self._call("users", query % LOOKED_AFTER, given, access)
        return outcome if outcome.code else Outcome(data=[edge["node"] for edge in outcome.data["edges"]])

    def ask_reset(self, **given: Any) -> Outcome:
        return self._done(self._mutate("requestPasswordReset", "ok", given))

    def reset(self, **given: Any) -> Outcome:
        return self._done(self._mutate("resetPassword", "ok", given))

    def verify_email(self, **given: Any) -> Outcome:
        return self._done(self._mutate("verifyEmail", "ok", given))

    def resend(self, **given: Any) -> Outcome:
        return self._done(self._mutate("resendVerification", "ok", given))

    def change_email(self, access: str = "", **given: Any) -> Outcome:
        return self._done(self._mutate("changeEmail", "ok", given, access))

    def stay(self, **given: Any) -> Outcome:
        return self._done(self._mutate("cancelDeletion", "ok", given))

    def _mutate(self, name: str, selection: str, given: Mapping[str, Any], access: str = "") -> Outcome:
        kind = f"{name[0].upper()}{name[1:]}Input"
        query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {selection} }} }}"
        return self._call(name, query, {"input": {to_camel_case(key): value for key, value in given.items()}}, access)

    @staticmethod
    def _done(outcome: Outcome) -> Outcome:
        """REST says so by 204, or by an empty object."""
        return outcome if outcome.code or not outcome.data["ok"] else Outcome()

    @staticmethod
    def _call(name: str, query: str, variables: Mapping[str, Any], access: str = "") -> Outcome:
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = shown(access)
        answer: Any = APIClient().generic("POST", "/graphql", body, "application/json", **headers)  # type: ignore[arg-type]
        found = json.loads(answer.content)
        if not (errors := found.get("errors")):
            return Outcome(data=comparable(found["data"][name]))
        extensions = errors[0]["extensions"]
        return Outcome(
            code=extensions["code"],
            detail=errors[0]["message"],
            fields=frozenset((to_snake_case(error["field"]), error["code"]) for error in extensions.get("errors", [])),
            retry_after=extensions.get("retryAfter"),
        )


def as_documented(path: str) -> str:
    """With the names of ids in the places of ids."""
    path = re.sub(r"^/auth/sessions/[^/]+", "/auth/sessions/{session_id}", path.partition("?")[0])
    return re.sub(r"^/users/[^/]+", "/users/{user_id}", path)


def comparable(value: Any) -> Any:
    """Names in lower_snake, and moments as moments: both doors write RFC 3339, one with `Z`."""
    if isinstance(value, dict):
        return {to_snake_case(name): comparable(each) for name, each in value.items()}
    if isinstance(value, list):
        return [comparable(each) for each in value]
    if isinstance(value, str) and value[4:5] == "-" and "T" in value:
        return parse_datetime(value) or value
    return value


DOORS: Final[dict[str, Door]] = {"REST": RestDoor(), "GraphQL": GraphqlDoor()}
