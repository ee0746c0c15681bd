"""A real mail server with the manners that a test gives it, in threads of this process.

server.behave(rcpt=Say("550 5.1.1 nobody of that name"))
server.behave(end=HANG)            # never says that it has taken the mail
"""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final, Self

from accounts.tests.support.ports import free_port

_LINE_MAX: Final = 100_000


@dataclass(frozen=True, slots=True)
class Say:
    """Answers this, and goes on."""

    reply: str


@dataclass(frozen=True, slots=True)
class Close:
    """Answers nothing, and closes the connection."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Answers nothing until the server stops."""


@dataclass(frozen=True, slots=True)
class Drip:
    """Answers as usual, so many seconds between two characters."""

    seconds: float


Manner = Say | Close | Hang | Drip | Callable[[], None]
"""A callable is called before the usual answer."""

CLOSE: Final = Close()
HANG: Final = Hang()


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail that the server has said it took, or would have."""

    sender: str
    recipient: str
    raw: bytes = field(repr=False)

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.raw, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def id(self) -> str:
        """Of the mail's row."""
        return str(self.message["Message-ID"]).strip("<>").partition("@")[0]


class MailServer:
    """Speaks as much of RFC 5321 as a client that sends needs; it comes back on the port that it had."""

    def __init__(
        self,
        *,
        extensions: tuple[str, ...] = ("8BITMIME", "SMTPUTF8"),
        tls: ssl.SSLContext | None = None,
        tls_from_start: bool = False,
    ) -> None:
        self.port = free_port()
        self.taken: list[Taken] = []
        self.conversations = 0
        self._extensions = (*extensions, *(["STARTTLS"] if tls and not tls_from_start else []))
        self._tls, self._tls_from_start = tls, tls_from_start
        self._manners: dict[str, Manner] = {}
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self._returns = threading.Event()

    @property
    def env(self) -> dict[str, str]:
        """For a worker that is to send here."""
        return {"EMAIL_URL": f"smtp://127.0.0.1:{self.port}"}

    @property
    def ids(self) -> list[str]:
        return [taken.id for taken in self.taken]

    def behave(self, **manners: Manner) -> None:
        """From now on; by step: greeting, ehlo, mail, rcpt, data, end, quit. What is not named is as usual."""
        self._manners = dict(manners)

    def start(self) -> Self:
        self._returns.clear()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._listen, args=(self._listener,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Connections are cut off, and new ones refused."""
        self._returns.set()
        if self._listener:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def wait_for(self, is_there: Callable[[], bool], *, seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not is_there():
            assert time.monotonic() < deadline, (
                f"after {seconds} s: {len(self.taken)} mails, {self.conversations} calls"
            )
            time.sleep(0.02)

    def _listen(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.conversations += 1
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ssl.SSLError, _OverError):
            if self._tls_from_start:
                connection = self.wrap(connection)
            _Conversation(self, connection).run()
        connection.close()

    def act(self, step: str, usual: str, say: Callable[[bytes], None]) -> bool:
        """Answer at this step; whether the answer was a good one."""
        match self._manners.get(step):
            case Say(reply):
                usual = reply
            case Close():
                raise _OverError
            case Hang():
                self._returns.wait()
                raise _OverError
            case Drip(seconds):
                for character in usual[:-1]:
                    say(character.encode())
                    if self._returns.wait(seconds):
                        raise _OverError
                usual = usual[-1]
            case None:
                pass
            case act:
                act()
        say(usual.encode() + b"\r\n")
        return usual[0] in "123"

    def wrap(self, connection: socket.socket) -> ssl.SSLSocket:
        assert self._tls is not None
        return self._tls.wrap_socket(connection, server_side=True)

    def greet(self) -> str:
        return "\r\n".join(["250-mail.test", *(f"250-{name}" for name in self._extensions), "250 HELP"])


class _OverError(Exception):
    pass


class _Conversation:
    def __init__(self, server: MailServer, connection: socket.socket) -> None:
        self._server = server
        self._use(connection)
        self._sender = self._recipient = ""

    def _use(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")

    def run(self) -> None:
        try:
            self._talk()
        finally:
            self._lines.close()
            self._connection.close()

    def _talk(self) -> None:
        self._answer("greeting", "220 mail.test")
        while line := self._lines.readline(_LINE_MAX):
            verb, _, rest = line.decode().strip().partition(" ")
            match verb.upper():
                case "EHLO" | "HELO":
                    self._answer("ehlo", self._server.greet())
                case "STARTTLS":
                    self._start_tls()
                case "MAIL":
                    self._sender = _address(rest)
                    self._answer("mail", "250 ok")
                case "RCPT":
                    self._recipient = _address(rest)
                    self._answer("rcpt", "250 ok")
                case "DATA":
                    if self._answer("data", "354 go on"):
                        self._take()
                case "QUIT":
                    self._answer("quit", "221 bye")
                    return
                case _:
                    self._answer("other", "250 ok")

    def _start_tls(self) -> None:
        self._answer("starttls", "220 go on")
        self._use(self._server.wrap(self._connection))

    def _take(self) -> None:
        lines: list[bytes] = []
        while (line := self._lines.readline(_LINE_MAX)) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        if not line:
            raise _OverError
        taken = Taken(self._sender, self._recipient, b"".join(lines))
        manner = self._server._manners.get("end")
        if not isinstance(manner, Say) or manner.reply.startswith("2"):
            self._server.taken.append(taken)  # also where the answer gets lost
        self._answer("end", "250 taken")

    def _answer(self, step: str, usual: str) -> bool:
        return self._server.act(step, usual, self._connection.sendall)


def _address(text: str) -> str:
    return text.partition("<")[2].partition(">")[0]
