"""What notices refuse: the sessions, people and clients whose tokens are not to be believed, though they are signed."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from authservice_connector import clock
from authservice_connector.claims import VerifiedClaims
from authservice_connector.errors import AccountSuspended, Refused, SessionRevoked

__all__ = ["Refusals"]

MAX_REFUSALS: Final = 200_000
MARGIN_SECONDS: Final = 30.0
LONGEST_LEEWAY_SECONDS: Final = 60
SWEEP_SECONDS: Final = 30.0
NEVER: Final = float("-inf")
HEEDED: Final = ("sessions.revoked", "client.changed", "user.suspended", "user.deleted", "user.reinstated")


@dataclass(frozen=True, slots=True)
class _Refusal:
    why: type[Refused]
    until: float
    expires_at: float


class Refusals:
    """Thread-safe. None is dropped before every token that it could meet has expired.

    How long that is, a notice says by the distance of its two dates, and when, by the second of them. Both have to be
    over: by this machine's calendar, which may lag, a token expires later than where it was made.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_name: dict[str, _Refusal] = {}
        self._next: dict[str, _Refusal] | None = None
        self._incomplete_until = self._swept_at = NEVER

    @property
    def are_complete(self) -> bool:
        """False while there are more than are kept: then somebody has to be asked."""
        return clock.now() >= self._incomplete_until

    def find(self, claims: VerifiedClaims) -> Refused | None:
        """Why this token is not to be believed; None where nothing speaks against it.

        As the auth service has it, who is suspended hears that, and not that their sessions have ended with it.
        """
        by_name = self._by_name
        refusal = by_name.get(claims.subject) or by_name.get(claims.session_id)
        return None if refusal is None else refusal.why()

    def name_session(self, claims: VerifiedClaims) -> bool:
        """Whether the session itself is refused, whatever speaks against who it is of. It never comes back."""
        return claims.session_id in self._by_name

    def heed(self, notice: Mapping[str, Any]) -> None:
        """KeyError, TypeError or ValueError for what is no notice. Types of the future are passed over."""
        subject, data = notice["subject"], notice["data"]
        match notice["type"]:
            case "sessions.revoked":
                for session_id in _list(data["session_ids"]):
                    self._refuse(_text(session_id), SessionRevoked, notice)
            case "client.changed":
                self._refuse(_text(data["sid"]), SessionRevoked, notice)
            case "user.suspended":
                self._refuse(subject, AccountSuspended, notice)
            case "user.deleted":
                self._refuse(subject, SessionRevoked, notice)
            case "user.reinstated":
                self._admit(subject)

    def begin_anew(self) -> None:
        """What is heeded from now on is another log's. Until `take_over` those of the old one are found."""
        with self._lock:
            self._next = {}

    def take_over(self) -> None:
        """The other log was read whole."""
        with self._lock:
            if self._next is not None:
                self._by_name, self._next = self._next, None

    def drop_old(self) -> None:
        """Those that no token meets any more; to be called often, and done now and then."""
        now = clock.now()
        if now - self._swept_at < SWEEP_SECONDS:
            return
        self._swept_at, today = now, time.time() - LONGEST_LEEWAY_SECONDS
        with self._lock:
            self._by_name = {
                name: each for name, each in self._by_name.items() if each.until > now or each.expires_at > today
            }

    def _refuse(self, name: str, why: type[Refused], notice: Mapping[str, Any]) -> None:
        occurred_at, expires_at = _second(notice["occurred_at"]), _second(notice["expires"])
        until = clock.now() + max(0.0, expires_at - occurred_at) + MARGIN_SECONDS
        with self._lock:
            kept = self._by_name if self._next is None else self._next
            if name not in kept and len(kept) >= MAX_REFUSALS:
                self._incomplete_until = max(self._incomplete_until, until)
            else:
                kept[name] = _Refusal(why, until, expires_at)

    def _admit(self, subject: str) -> None:
        """Whoever was suspended signs in anew; the sessions of before stay refused by their own names."""
        with self._lock:
            (self._by_name if self._next is None else self._next).pop(subject, None)


def _second(text: str) -> float:
    date = datetime.fromisoformat(text)
    if date.tzinfo is None:
        raise ValueError("a date without a zone")
    return date.timestamp()


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError("no list")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no name")
    return value
