"""Hands mails to the mail server, as many as there are over one connection, and tells its refusals apart."""

import re
import smtplib
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Any, Final, Self

from django.core import mail
from django.core.mail import EmailMessage

from accounts.delivery import smtp

LONGEST_SECONDS: Final = 60.0
PERMANENT: Final = range(500, 600)
CLOSING: Final = 421  # RFC 5321 section 3.8: the server is about to go away
ENHANCED: Final = re.compile(rb"[245]\.\d{1,3}\.\d{1,3}\b")  # RFC 3463


class Verdict(StrEnum):
    TAKEN = "taken"
    REFUSED = "refused"
    """For good: RFC 5321 section 4.2.1 wants a 5yz repeated no more."""
    DEFERRED = "deferred"
    """This mail; another may be taken."""
    AWAY = "away"
    """The server took none, or does not know us: it is no mail's fault."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`reason` holds codes and names of errors alone: what a server says in words repeats the address."""

    verdict: Verdict
    reason: str = ""


class Post:
    """A connection, opened when it is first needed; it may be lost at any time."""

    def __enter__(self) -> Self:
        self._backend = mail.get_connection()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def send(self, message: EmailMessage) -> Answer:
        """Within LONGEST_SECONDS. A kept connection that turns out to be closed is opened once more."""
        if isinstance(self._backend, smtp.EmailBackend):
            self._backend.deadline.set(LONGEST_SECONDS)
        try:
            if not self._open():
                with suppress(smtplib.SMTPServerDisconnected):
                    return self._take(message)
                self._close()
                self._open()
            return self._take(message)
        except (OSError, smtplib.SMTPException) as exc:
            self._close()
            return Answer(Verdict.AWAY, _reason(exc))

    def _open(self) -> bool:
        """Whether it is a new one."""
        return bool(self._backend.open())

    def _take(self, message: EmailMessage) -> Answer:
        try:
            self._backend.send_messages([message])
        except smtplib.SMTPNotSupportedError as exc:
            return Answer(Verdict.REFUSED, _reason(exc))
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as exc:
            code, _ = _reply(exc)
            if code == CLOSING:
                raise
            return Answer(Verdict.REFUSED if code in PERMANENT else Verdict.DEFERRED, _reason(exc))
        return Answer(Verdict.TAKEN)

    def _close(self) -> None:
        """What has been taken stays taken, however the server says good-bye."""
        with suppress(OSError, smtplib.SMTPException):
            self._backend.close()


def _reply(exc: Exception) -> tuple[int, bytes]:
    """The server's code and words; 0 or less where it did not answer as it must."""
    if isinstance(exc, smtplib.SMTPRecipientsRefused):
        reply: Any = next(iter(exc.recipients.values()), (0, b""))
    else:
        reply = getattr(exc, "smtp_code", 0), getattr(exc, "smtp_error", b"")
    code, words = reply
    return int(code), words if isinstance(words, bytes) else str(words).encode()


def _reason(exc: Exception) -> str:
    code, words = _reply(exc)
    if code <= 0:
        return type(exc.__context__ or exc).__name__
    enhanced = ENHANCED.match(words)
    return f"{code} {enhanced[0].decode()}" if enhanced else str(code)
