"""What a person does with the service, over HTTP."""

import http.client
import json
import socket
import time
from typing import Any, Final

EMAIL: Final = "ada@example.com"
PASSWORD: Final = "violet otters juggle maps"
CALL_SECONDS: Final = 20


class TrialError(Exception):
    """A promise that was not kept."""


def expect(found: object, wanted: object) -> None:
    if found != wanted:
        raise TrialError(f"{found!r} where {wanted!r} was wanted")


class Client:
    def __init__(self, port: int) -> None:
        self._port = port

    def answers(self) -> bool:
        try:
            self.call(200, "GET", "/healthz")
        except (OSError, http.client.HTTPException):
            return False
        return True

    def register(self) -> None:
        self.call(201, "POST", "/auth/register", {"email": EMAIL, "password": PASSWORD})

    def sign_in(self, *, host: str) -> str:
        """The access token, after it was verified."""
        login = self.call(200, "POST", "/auth/login", {"email": EMAIL, "password": PASSWORD}, host=host)
        self.verify(login["access"])
        return str(login["access"])

    def verify(self, access: str) -> None:
        verified = self.call(200, "POST", "/auth/verify", {"token": access})
        expect((verified["active"], verified["user"]["email"]), (True, EMAIL))

    def call(self, status: int, method: str, path: str, body: object = None, *, host: str = "localhost") -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=CALL_SECONDS)
        headers = {"Host": f"{host}:{self._port}", "Content-Type": "application/json"}
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status != status:
            raise TrialError(f"{method} {path} for {host} answered {answer.status}: {text[:500]!r}")
        return json.loads(text)


class HalfSentLogin:
    """A request in flight: the server has begun to read it, and must wait for the rest."""

    def __init__(self, port: int) -> None:
        body = json.dumps({"email": EMAIL, "password": PASSWORD}).encode()
        head = f"POST /auth/login HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\n"
        self._rest = body[10:]
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=CALL_SECONDS)
        self._connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:10])
        time.sleep(0.5)

    def finish(self) -> None:
        with self._connection:
            self._connection.sendall(self._rest)
            expect(self._connection.recv(65_536).split(b"\r\n")[0], b"HTTP/1.1 200 OK")
