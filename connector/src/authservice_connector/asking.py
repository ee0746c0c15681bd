"""Asks the auth service what nobody here can know: about a token (`POST /auth/verify`), and who is behind one."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from authservice_connector import clock
from authservice_connector.claims import VerifiedClaims, of_payload
from authservice_connector.errors import CannotTell
from authservice_connector.transport import Answer, Transport

__all__ = ["Asking", "TooManyAsk"]

AT_ONCE: Final = 2
"""So many calls are under way from a process at most: an auth service in trouble is not to be drowned in questions."""

WAIT_SECONDS: Final = 2.0
REMEMBERED_SECONDS: Final = 1.0
QUIET_SECONDS: Final = 0.5
LONGEST_TRIAL_SECONDS: Final = 5.0
"""For who tries in trouble, should nothing be heard of it: longer than the wait for a turn and the call."""

MAX_REMEMBERED: Final = 10_000
TOLD_EVERY_SECONDS: Final = 60.0
"""So often the log says what callers are not told: why."""

NEVER: Final = float("-inf")

log = logging.getLogger("authservice_connector")


@dataclass(frozen=True, slots=True)
class _Remembered:
    claims: VerifiedClaims
    until: float


class TooManyAsk(CannotTell):
    """The auth service answers, and others are before. Nothing here stands in for an answer that is to be had."""


class _Unanswered(CannotTell):
    """Nor is it asked now. Why it did not answer, the log knows of who asked."""

    def __init__(self) -> None:
        super().__init__("The auth service did not answer when it was last asked.")


class Asking:
    """Thread-safe; about a token one question at a time. A “yes” is remembered for a second, a “no” never.

    After a question that went unanswered nobody asks for QUIET_SECONDS, and then one alone, until there is an answer.
    """

    def __init__(self, transport: Transport, *, issuer: str) -> None:
        self._transport, self._issuer = transport, issuer
        self._slots, self._lock = threading.BoundedSemaphore(AT_ONCE), threading.Lock()
        self._remembered: dict[str, _Remembered] = {}
        self._under_way: dict[str, Future[VerifiedClaims]] = {}
        self._is_in_trouble, self._quiet_until, self._told_at = False, NEVER, NEVER
        self._answers = 0

    def ask(self, unverified_token: str) -> VerifiedClaims:
        """What the auth service refuses, or CannotTell; TooManyAsk if it is only not this one's turn."""
        with self._telling():
            return self._ask(unverified_token)

    def own_user(self, token: str) -> Answer:
        """To `GET /auth/user`, with the caller's own token; in turn, as questions are. 200 or a refusal; CannotTell."""
        with self._telling():
            with self._lock:
                self._be_quiet_in_trouble()
            answer, _ = self._in_turn(partial(self._transport.get, "/auth/user", bearer=token))
            if answer.status != 200 and answer.refusal is None:  # noqa: PLR2004
                raise CannotTell(f"The auth service answers {answer.status} to GET /auth/user.")
            return answer

    def _ask(self, unverified_token: str) -> VerifiedClaims:
        known = self._remembered.get(unverified_token)
        if known is not None and clock.now() < known.until:
            return known.claims
        with self._lock:
            others = self._under_way.get(unverified_token)
            if others is None:
                self._be_quiet_in_trouble()
                own = self._under_way[unverified_token] = Future()
        if others is not None:
            return others.result()
        try:
            own.set_result(self._asked(unverified_token))
        except BaseException as exc:  # whoever waits for it is not to wait for ever
            own.set_exception(exc)
            raise
        finally:
            with self._lock:
                del self._under_way[unverified_token]
        return own.result()

    def _be_quiet_in_trouble(self) -> None:
        """Within the lock. Whoever comes through is the one who tries."""
        if clock.now() < self._quiet_until:
            raise _Unanswered
        if self._is_in_trouble:
            self._quiet_until = clock.now() + LONGEST_TRIAL_SECONDS

    def _asked(self, unverified_token: str) -> VerifiedClaims:
        question = partial(self._transport.post_json, "/auth/verify", {"token": unverified_token})
        answer, sent_at = self._in_turn(question)
        if answer.status == 200 and answer.document.get("active") is True:  # noqa: PLR2004
            claims = self._claims(answer.document)
            self._remember(unverified_token, _Remembered(claims, sent_at + REMEMBERED_SECONDS))
            return claims
        if (refusal := answer.refusal) is not None:
            raise refusal
        raise CannotTell(f"The auth service answers {answer.status} to POST /auth/verify.")

    def _in_turn(self, call: Callable[[], Answer]) -> tuple[Answer, float]:
        """And when it was sent. Who waited in vain while nobody was answered waited for an auth service that hangs."""
        trouble_before, answers_before = self._is_in_trouble, self._answers
        if not self._slots.acquire(timeout=WAIT_SECONDS):
            raise _Unanswered if self._answers == answers_before else TooManyAsk("It is slow to answer.")
        try:
            if self._is_in_trouble and not trouble_before:  # it began while this one waited
                raise _Unanswered
            sent_at = clock.now()
            return self._called(call), sent_at
        finally:
            self._slots.release()

    def _called(self, call: Callable[[], Answer]) -> Answer:
        """And what the answer says about the auth service itself."""
        is_trouble = True
        try:
            answer = call()
            is_trouble = answer.status >= 500 or answer.status == 429  # noqa: PLR2004
        finally:
            with self._lock:
                self._is_in_trouble = is_trouble
                self._quiet_until = clock.now() + QUIET_SECONDS if is_trouble else NEVER
                self._answers += not is_trouble
        return answer

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Now and then, not at each request."""
        try:
            yield
        except _Unanswered:
            raise
        except CannotTell as exc:
            with self._lock:
                is_due = clock.now() - self._told_at >= TOLD_EVERY_SECONDS
                self._told_at = clock.now() if is_due else self._told_at
            if is_due:
                log.warning("The auth service can't be asked: %s", exc)
            raise

    def _claims(self, answer: Mapping[str, Any]) -> VerifiedClaims:
        try:
            return of_payload({"iss": self._issuer, **answer})
        except ValueError:
            raise CannotTell("The auth service's answer to POST /auth/verify does not read.") from None

    def _remember(self, token: str, remembered: _Remembered) -> None:
        with self._lock:
            self._remembered.pop(token, None)
            while len(self._remembered) >= MAX_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[token] = remembered
