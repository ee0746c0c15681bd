"""The service's own token, by its client id and secret (RFC 6749 section 4.4): fetched once and kept while it lives."""

import threading
from dataclasses import dataclass
from typing import Final

from authservice_connector import clock
from authservice_connector.errors import CannotTell
from authservice_connector.transport import Transport

__all__ = ["ClientCredentials", "ServiceToken"]

RENEWED_BEFORE_END_SECONDS: Final = 30.0
KEPT_SECONDS: Final = 1.0
"""A younger token is not fetched anew, whoever refuses it: one that refuses them all must not cost a fetch a call."""

FAILED_SECONDS: Final = 1.0
"""Whoever waited for a fetch that failed does not try another one at once."""

NEVER: Final = float("-inf")
MALFORMED: Final = "The auth service's answer to client_credentials does not read."


@dataclass(frozen=True)
class ClientCredentials:
    """The secret hides itself."""

    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return f"ClientCredentials({self.client_id!r}, …)"


class ServiceToken:
    """Thread-safe; one fetch at a time."""

    def __init__(self, transport: Transport, credentials: ClientCredentials, *, scope: str = "") -> None:
        self._transport, self._credentials, self._scope = transport, credentials, scope
        self._lock = threading.Lock()
        self._token, self._fetched_at, self._good_until = "", NEVER, NEVER
        self._failure, self._failed_at = CannotTell(""), NEVER
        self._by_scope: dict[str, ServiceToken] = {}

    def get(self) -> str:
        """CannotTell if none is to be had, also because the credentials are wrong: that is nobody's caller's fault."""
        if clock.now() < self._good_until:
            return self._token
        with self._lock:
            if clock.now() >= self._good_until:
                self._fetch_unless_it_just_failed()
            return self._token

    def drop(self, token: str) -> None:
        """It was refused: the next `get` fetches another one."""
        with self._lock:
            if self._token == token and clock.now() - self._fetched_at >= KEPT_SECONDS:
                self._good_until = NEVER

    def narrowed(self, scope: str) -> "ServiceToken":
        """The same client's, with these scopes alone; one and the same each time."""
        narrowed = ServiceToken(self._transport, self._credentials, scope=scope)
        return self._by_scope.setdefault(scope, narrowed) if scope else self

    def _fetch_unless_it_just_failed(self) -> None:
        if clock.now() - self._failed_at < FAILED_SECONDS:
            raise CannotTell(str(self._failure), retry_after=self._failure.retry_after)
        try:
            self._fetch()
        except CannotTell as exc:
            self._failure, self._failed_at = exc, clock.now()
            raise

    def _fetch(self) -> None:
        form = {"grant_type": "client_credentials"} | ({"scope": self._scope} if self._scope else {})
        sent_at = clock.now()
        answer = self._transport.post_form(
            "/auth/token",
            form,
            client_id=self._credentials.client_id,
            client_secret=self._credentials.client_secret,
        )
        if answer.status != 200:  # noqa: PLR2004
            reason = answer.document.get("error", answer.status)
            raise CannotTell(f"The auth service gives this service no token ({reason}).", retry_after=5)
        token, lives = answer.document.get("access_token"), answer.document.get("expires_in")
        if not isinstance(token, str) or not isinstance(lives, int):
            raise CannotTell(MALFORMED)
        self._token, self._fetched_at = token, sent_at
        self._good_until = sent_at + max(1.0, lives - RENEWED_BEFORE_END_SECONDS)
