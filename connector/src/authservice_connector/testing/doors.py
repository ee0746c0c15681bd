"""Answers in the place of the auth service, without a socket: what the connector asks, and nothing else."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from authservice_connector.claims import VerifiedClaims
from authservice_connector.conf import connector_settings
from authservice_connector.errors import AccountSuspended, Refused, SessionRevoked
from authservice_connector.keys import KeySet
from authservice_connector.testing.issuer import LIFETIME, OfflineIssuer
from authservice_connector.transport import Answer, Transport
from authservice_connector.verifying import Verifier

__all__ = ["OfflineTransport"]

NOT_HERE: Final = Answer(404, {"code": "not_found"})


class OfflineTransport(Transport):
    """As if HTTP had brought it. `calls` are the method and the path of each."""

    def __init__(self, issuer: OfflineIssuer) -> None:
        super().__init__("http://authservice.invalid")
        self._issuer = issuer
        self._keys = KeySet(partial(_key_set, issuer))
        self.calls: list[str] = []

    def _call(
        self, method: str, target: str, headers: dict[str, str], body: bytes | None, *, is_repeatable: bool = True
    ) -> Answer:
        parts = urlsplit(target)
        self.calls.append(f"{method} {parts.path}")
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        match f"{method} {parts.path}":
            case "GET /.well-known/jwks.json":
                return Answer(200, _key_set(self._issuer))
            case "POST /auth/token":
                return self._own_token(parse_qs((body or b"").decode()))
            case "POST /auth/verify":
                return self._verify(json.loads(body or b"{}")["token"])
            case "GET /auth/user":
                return self._user(token)
            case "GET /notices":
                return self._page(int(parse_qs(parts.query).get("after", ["0"])[0]))
            case "POST /notices/ack":
                self._issuer.acknowledged = json.loads(body or b"{}")["cursor"]
                return Answer(204, {})
            case "POST /users/lookup":
                return self._look_up(json.loads(body or b"{}")["ids"])
        return NOT_HERE

    def _own_token(self, form: Mapping[str, list[str]]) -> Answer:
        credentials = connector_settings.credentials
        scope = " ".join(form.get("scope", ["notices:read users:read"]))
        token = self._issuer.service_token(credentials.client_id if credentials else "svc_tests", scope=scope)
        lives = int(LIFETIME.total_seconds())
        return Answer(200, {"access_token": token, "token_type": "Bearer", "expires_in": lives, "scope": scope})

    def _verify(self, unverified_token: str) -> Answer:
        try:
            claims = self._standing(unverified_token)
        except Refused as exc:
            return Answer(401, {"code": exc.code, "detail": exc.detail})
        told = {name: claims.payload[name] for name in ("sub", "sid", "client_id", "exp", "iat")}
        known = {"scope": " ".join(claims.scopes), "groups": sorted(claims.groups)}
        user = self._issuer.people.get(claims.subject)
        return Answer(200, {"active": True, "token_type": "access", "user": user and dict(user)} | told | known)

    def _user(self, unverified_token: str) -> Answer:
        try:
            return Answer(200, dict(self._issuer.people[self._standing(unverified_token).subject]))
        except Refused as exc:
            return Answer(401, {"code": exc.code, "detail": exc.detail})

    def _standing(self, unverified_token: str) -> VerifiedClaims:
        """Verified by what verifies in the service, and asked of the issuer whether it still stands."""
        verifier = Verifier(
            issuer=connector_settings.issuer,
            audience=connector_settings.audience,
            leeway_seconds=connector_settings.leeway_seconds,
            keys=self._keys,
        )
        claims = verifier.verify(unverified_token)
        person = self._issuer.people.get(claims.subject)
        if person is not None and not person["is_active"]:
            raise AccountSuspended
        if claims.session_id in self._issuer.ended or (person is None and not claims.is_service):
            raise SessionRevoked
        return claims

    def _page(self, position: int) -> Answer:
        notices = self._issuer.notices[position:]
        return Answer(200, {"notices": notices, "cursor": str(position + len(notices)), "complete": True})

    def _look_up(self, ids: list[str]) -> Answer:
        people, gone = self._issuer.people, self._issuer.deleted
        found = [dict(people[each]) for each in ids if each in people]
        unknown = [each for each in ids if each not in people and each not in gone]
        return Answer(200, {"users": found, "deleted": [each for each in ids if each in gone], "unknown": unknown})


def _key_set(issuer: OfflineIssuer) -> dict[str, Any]:
    return {"keys": [issuer.key.jwk]}
