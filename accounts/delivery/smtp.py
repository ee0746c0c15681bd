"""Django's SMTP backend with two things more: an end to every conversation, and addresses beyond ASCII (RFC 6531)."""

import io
import math
import smtplib
import socket
from email import message_from_bytes, policy
from functools import partial
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp
from django.core.mail.message import sanitize_address

from accounts import clock


class Deadline:
    """`EMAIL_TIMEOUT` bounds each wait; this bounds them all, however many a slow server makes of them."""

    def __init__(self) -> None:
        self._at = math.inf

    def set(self, seconds: float) -> None:
        self._at = clock.now() + seconds

    def limit(self, connection: socket.socket, timeout: float) -> None:
        """TimeoutError once it has passed."""
        left = min(timeout, self._at - clock.now())
        if left <= 0:
            raise TimeoutError("the mail server took too long in all")
        connection.settimeout(left)


class _Replies(io.RawIOBase):
    """What the server says, in as many pieces as it likes."""

    def __init__(self, connection: socket.socket, timeout: float, deadline: Deadline) -> None:
        self._connection, self._timeout, self._deadline = connection, timeout, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._deadline.limit(self._connection, self._timeout)
        return self._connection.recv_into(buffer)


class _Bounded(smtplib.SMTP):
    def __init__(self, *args: Any, deadline: Deadline, **kwargs: Any) -> None:
        self._deadline = deadline
        super().__init__(*args, **kwargs)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Replies(self.sock, self.timeout, self._deadline))
        return super().getreply()

    def send(self, s: Any) -> None:
        try:
            if self.sock is not None:
                self._deadline.limit(self.sock, self.timeout)
        except TimeoutError:
            self.close()
            raise
        super().send(s)


class _BoundedSSL(_Bounded, smtplib.SMTP_SSL):
    pass


class EmailBackend(smtp.EmailBackend):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.deadline = Deadline()

    @property
    def connection_class(self) -> Any:
        return partial(_BoundedSSL if self.use_ssl else _Bounded, deadline=self.deadline)

    def _send(self, email_message: EmailMessage) -> bool:
        """Django writes a local part beyond ASCII as if it were a header's text, which names another mailbox."""
        recipients = email_message.recipients()
        if all(address.isascii() for address in recipients):
            return bool(super()._send(email_message))  # type: ignore[misc]  # django-stubs leaves it out
        connection = self.connection
        assert connection is not None  # noqa: S101  # open, by whoever calls this
        sender = sanitize_address(email_message.from_email, "utf-8")
        parsed = message_from_bytes(email_message.message().as_bytes(), policy=policy.SMTPUTF8)
        parsed.replace_header("To", ", ".join(recipients))
        connection.sendmail(sender, recipients, parsed.as_bytes(), mail_options=["SMTPUTF8", "BODY=8BITMIME"])
        return True
