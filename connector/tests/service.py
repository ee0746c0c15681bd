"""An auth service without a socket: it answers what the connector asks, as CONTRACT has it."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any
from uuid import uuid4

from authservice_connector.errors import CannotTell
from authservice_connector.transport import Answer

from tests.issuing import ISSUER, Key, jwks, notice, payload

FORBIDDEN = Answer(403, {"code": "permission_denied"})


class Service:
    """Stands in for a Transport. `is_down` answers nothing; `may_acknowledge` is what holds_personal_data is there."""

    def __init__(self, key: Key) -> None:
        self.key = key
        self.users: dict[str, dict[str, Any]] = {}
        self.deleted: set[str] = set()
        self.notices: list[dict[str, Any]] = []
        self.generation = 0
        self.calls: list[str] = []
        self.acknowledged: list[str] = []
        self.is_down, self.may_acknowledge = False, True
        self.own: dict[str, Any] = {"scope": "notices:read users:read"}
        self.metadata = Answer(200, {"issuer": ISSUER}, formatdate(usegmt=True))

    def register(self, **details: Any) -> dict[str, Any]:
        user_id = str(uuid4())
        self.users[user_id] = {
            "id": user_id,
            "email": f"{user_id[:8]}@example.com",
            "email_verified": True,
            "first_name": "Ada",
            "last_name": "Lovelace",
            "is_active": True,
            "is_staff": True,
            "groups": [],
            "version": 1,
        } | details
        return self.users[user_id]

    def change(self, user_id: str, notice_type: str = "user.updated", **details: Any) -> None:
        user = self.users[user_id]
        user |= details | {"version": user["version"] + 1}
        self.notices.append(notice(notice_type, user_id, version=user["version"]))

    def delete(self, user_id: str) -> None:
        del self.users[user_id]
        self.deleted.add(user_id)
        self.notices.append(notice("user.deleted", user_id, version=9))

    def restore(self) -> None:
        """The log is another one from now on."""
        self.generation += 1
        self.notices = []

    def token(self, user_id: str, **claims: Any) -> str:
        return self.key.sign(payload(sub=user_id, **claims))

    def count(self, call: str) -> int:
        return self.calls.count(call)

    def get(self, path: str, *, query: Mapping[str, str] | None = None, bearer: str | None = None) -> Answer:
        self._called(f"GET {path}")
        match path:
            case "/.well-known/jwks.json":
                return Answer(200, jwks(self.key))
            case "/.well-known/oauth-authorization-server":
                return self.metadata
            case "/auth/user":
                return self._own_user(bearer or "")
            case "/notices":
                return self._page((query or {}).get("after"))
        raise AssertionError(path)

    def post_json(self, path: str, document: Mapping[str, Any], *, bearer: str | None = None) -> Answer:
        self._called(f"POST {path}")
        match path:
            case "/users/lookup":
                return self._lookup(document["ids"])
            case "/notices/ack":
                if self.may_acknowledge and ":" not in document["cursor"]:
                    return Answer(400, {"code": "invalid_input"})
                if self.may_acknowledge:
                    self.acknowledged.append(document["cursor"])
                return Answer(204, {}) if self.may_acknowledge else FORBIDDEN
            case "/auth/verify":
                return self._verify(document["token"])
        raise AssertionError(path)

    def post_form(self, path: str, form: Mapping[str, str], *, client_id: str, client_secret: str) -> Answer:
        self._called(f"POST {path}")
        claims = {"sub": client_id, "client_id": client_id, "groups": None} | self.own | dict(form)
        token = self.key.sign(payload(**{name: value for name, value in claims.items() if name != "grant_type"}))
        return Answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": 300})

    def _called(self, call: str) -> None:
        self.calls.append(call)
        if self.is_down:
            raise CannotTell("down")

    def _own_user(self, token: str) -> Answer:
        return Answer(200, dict(self.users[_claims(token)["sub"]]))

    def _verify(self, token: str) -> Answer:
        claims = _claims(token)
        told = {name: claims[name] for name in ("sub", "sid", "client_id", "exp", "iat")}
        answer = {"active": True, "scope": claims.get("scope", ""), "groups": claims.get("groups", [])}
        return Answer(200, answer | told | {"user": dict(self.users.get(claims["sub"], {})) or None})

    def _page(self, cursor: str | None) -> Answer:
        generation, position = (self.generation, 0) if cursor is None else map(int, cursor.split(":"))
        if generation != self.generation or position > len(self.notices):
            return Answer(410, {"code": "cursor_expired"})
        page = self.notices[position : position + 3]
        end = position + len(page)
        is_complete = end == len(self.notices)
        return Answer(200, {"notices": page, "cursor": f"{self.generation}:{end}", "complete": is_complete})

    def _lookup(self, ids: list[str]) -> Answer:
        unknown = [each for each in ids if each not in self.users and each not in self.deleted]
        users = [dict(self.users[each]) for each in ids if each in self.users]
        return Answer(200, {"users": users, "deleted": [x for x in ids if x in self.deleted], "unknown": unknown})


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims
