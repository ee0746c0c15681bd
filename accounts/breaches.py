"""Asks whether a password is in a known breach, without telling which: five digits of its digest leave the machine."""

import os
import re
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import sha1
from http.client import HTTPException, HTTPResponse
from typing import Final
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import structlog

from accounts import clock, metrics
from accounts.conf import auth_settings

PREFIX_LENGTH: Final = 5
"""Of 40. Some hundred known passwords share each, and nobody learns which of them was meant, or whether one was."""

SECONDS: Final = 1.0
"""For all of it, looking up the name included: a service that is away makes nobody wait, or keeps them out."""

AT_ONCE: Final = 4
MAX_BYTES: Final = 512 * 1024
LINE: Final = re.compile(r"[0-9A-Fa-f]{1,40}:[0-9]{1,12}")
"""Whatever else answers with 200, such as the page of a proxy, has not said that the password is unknown."""

HEADERS: Final = {"Add-Padding": "true", "User-Agent": "authservice"}  # padding: not even the length tells

log = structlog.get_logger("accounts.breaches")


class _Unredirected(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """An error, then: whoever is asked is the one who was named."""


_opener: Final = build_opener(_Unredirected())
_askers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="breaches")
_waiting: Final[set[Future[bool]]] = set()


def is_known(password: str) -> bool:
    """False where nobody is to be asked, or the answer does not come in time: it fails open, with a count."""
    url = auth_settings.breached_password_url
    if not url:
        return False
    try:
        found = _ask_in_time(url, sha1(password.encode(), usedforsecurity=False).hexdigest().upper())
    except (OSError, HTTPException, ValueError) as exc:
        log.warning("breach_check_failed", error=type(exc).__name__)
        metrics.BREACH_CHECKS.labels("failed").inc()
        return False
    metrics.BREACH_CHECKS.labels("found" if found else "not_found").inc()
    return found


def _ask_in_time(url: str, digest: str) -> bool:
    """In a thread, because no timeout of a socket bounds the whole. TimeoutError also while all of them are stuck."""
    if len(_waiting) >= AT_ONCE:
        raise TimeoutError
    asked = _askers.submit(_ask, url, digest)
    _waiting.add(asked)
    asked.add_done_callback(_waiting.discard)
    return asked.result(SECONDS)


def _ask(url: str, digest: str) -> bool:
    prefix, suffix = digest[:PREFIX_LENGTH], digest[PREFIX_LENGTH:]
    request = Request(f"{url.rstrip('/')}/{prefix}", headers=HEADERS)  # noqa: S310 - env takes http and https alone
    try:
        with _opener.open(request, timeout=SECONDS) as answer:
            text = _read(answer).decode("ascii")
    except HTTPError as exc:
        with exc:
            raise ConnectionError(f"HTTP {exc.code}") from None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not all(LINE.fullmatch(line) for line in lines):
        raise ValueError
    return any(_is_hit(line, suffix) for line in lines)


def _read(answer: HTTPResponse) -> bytes:
    """Whole. What comes drop by drop is left: this thread is wanted."""
    text, until = b"", clock.now() + SECONDS
    while piece := answer.read1(MAX_BYTES):
        text += piece
        if clock.now() > until or len(text) > MAX_BYTES:
            raise TimeoutError
    return text


def _is_hit(line: str, suffix: str) -> bool:
    """`SUFFIX:COUNT`; padding has a count of 0."""
    known, _, count = line.partition(":")
    return known.upper() == suffix and int(count) > 0


def _forget() -> None:
    """As in a new process: the threads stayed behind, and what they were asked is never answered."""
    global _askers  # noqa: PLW0603 - it counts threads that are not here
    _askers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="breaches")
    _waiting.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
