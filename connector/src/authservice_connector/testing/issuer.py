"""An auth service without a server: people, their tokens, and the log of what happened to them."""

import time
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from authservice_connector.conf import connector_settings
from authservice_connector.testing.signing import SigningKey

__all__ = ["OfflineIssuer"]

LIFETIME: Final = timedelta(minutes=5)
FIRST_PARTY: Final = "authservice"


class OfflineIssuer:
    """Says who is who, signs for it, and tells of changes by notices, as the real one does."""

    def __init__(self, key: SigningKey) -> None:
        self.key = key
        self.people: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, str] = {}
        self.ended: set[str] = set()
        self.deleted: set[str] = set()
        self.notices: list[dict[str, Any]] = []
        self.acknowledged = ""

    def register(self, **details: Any) -> dict[str, Any]:
        """A person's user object, with whatever of it is given."""
        user_id = str(uuid4())
        self.people[user_id] = {
            "id": user_id,
            "email": f"{user_id}@example.com",
            "email_verified": True,
            "first_name": "Ada",
            "last_name": "Lovelace",
            "phone_number": "",
            "is_active": True,
            "is_staff": False,
            "groups": [],
            "date_joined": _now(),
            "last_login": None,
            "updated_at": _now(),
            "version": 1,
        } | details
        return self.people[user_id]

    def change(self, user_id: str, **details: Any) -> None:
        self._tell_of("user.updated", user_id, **details)

    def suspend(self, user_id: str) -> None:
        """Refused wherever they are signed in."""
        self._tell_of("user.suspended", user_id, is_active=False)
        self.end_sessions_of(user_id)

    def reinstate(self, user_id: str) -> None:
        self._tell_of("user.reinstated", user_id, is_active=True)

    def delete(self, user_id: str) -> None:
        self._tell_of("user.deleted", user_id)
        self.end_sessions_of(user_id)
        del self.people[user_id]
        self.deleted.add(user_id)

    def end_sessions_of(self, user_id: str) -> None:
        for session_id in [each for each, subject in self.sessions.items() if subject == user_id]:
            self.end_session(session_id)

    def end_session(self, session_id: str) -> None:
        """A service's, too: its tokens of before are over."""
        subject = self.sessions[session_id]
        self.ended.add(session_id)
        if subject in self.people:
            self._append("sessions.revoked", subject, session_ids=[session_id])
        else:
            self._append("client.changed", subject, sid=session_id)

    def token(self, user_id: str, *, groups: Collection[str] | None = None, **claims: Any) -> str:
        """An access token of a session that begins now. Without `groups` it has those that the person is in."""
        named = self.people[user_id]["groups"] if groups is None else groups
        return self._signed(user_id, FIRST_PARTY, {"groups": list(named)} | claims)

    def service_token(self, client_id: str, *, scope: str = "", **claims: Any) -> str:
        """An access token of a service that speaks for itself."""
        return self._signed(client_id, client_id, {"scope": scope} | claims)

    def _signed(self, subject: str, client_id: str, claims: Mapping[str, Any]) -> str:
        """What has nothing to say is left out, as the auth service does."""
        now, session_id = int(time.time()), str(claims.get("sid") or uuid4())
        told: dict[str, Any] = {
            "iss": connector_settings.issuer,
            "aud": connector_settings.audience,
            "sub": subject,
            "sid": session_id,
            "client_id": client_id,
            "jti": str(uuid4()),
            "iat": now,
            "nbf": now,
            "exp": now + int(LIFETIME.total_seconds()),
        }
        self.sessions[session_id] = subject
        return self.key.sign({name: value for name, value in {**told, **claims}.items() if value not in (None, "", [])})

    def _tell_of(self, notice_type: str, user_id: str, **details: Any) -> None:
        person = self.people[user_id]
        person |= {"updated_at": _now()} | details | {"version": person["version"] + 1}
        self._append(notice_type, user_id, version=person["version"])

    def _append(self, notice_type: str, subject: str, **data: Any) -> None:
        now = datetime.now(UTC)
        notice = {"seq": len(self.notices) + 1, "id": str(uuid4()), "type": notice_type, "subject": subject}
        times = {"occurred_at": now.isoformat(), "expires": (now + LIFETIME).isoformat()}
        self.notices.append(notice | times | {"data": data})


def _now() -> str:
    """As the auth service writes times."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
