"""HTTP from a service that misbehaves, on real sockets: every call ends in time, with an answer or without."""

import socket
import time
from contextlib import suppress
from pathlib import Path

import pytest
from authservice_connector.errors import CannotTell, TokenInvalid
from authservice_connector.transport import MAX_BYTES, Answer, TooLarge, Transport

from tests.sockets import HEAD, Serve, answering, certified, server


def hanging(connection: socket.socket) -> None:
    time.sleep(3)


def trickling(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n")
    for _ in range(30):
        connection.sendall(b" ")
        time.sleep(0.1)


def endless(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Connection: close\r\n\r\n")
    with suppress(OSError):
        for _ in range(MAX_BYTES // 65536 * 10):
            connection.sendall(b" " * 65536)


def redirecting(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")


def test_an_object_is_read() -> None:
    with server(answering(b'{"a": 1}')) as url:
        answer = Transport(url).get("/x")
    assert (answer.status, answer.document) == (200, {"a": 1})


def test_a_status_without_a_body_is_an_answer() -> None:
    with server(answering(b"", head=b"HTTP/1.1 204 No Content\r\n")) as url:
        assert Transport(url).post_json("/x", {}).status == 204


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    with server(redirecting) as url:
        assert Transport(url).get("/x").status == 302


@pytest.mark.parametrize(
    "serve",
    [
        hanging,
        trickling,
        endless,
        answering(b"<html>", head=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"),
        answering(b'{"a": ', length=1000),
        answering(b'{"a": 1'),
        answering(b"[]"),
        answering(b"[" * 100_000),
        answering(b"\xff\xfe"),
        lambda connection: connection.sendall(b"nonsense\r\n\r\n"),
        lambda connection: connection.close(),
    ],
)
def test_what_is_no_answer_ends_in_time(serve: Serve) -> None:
    began = time.monotonic()
    with server(serve) as url, pytest.raises(CannotTell):
        Transport(url, seconds=0.5).get("/x")
    assert time.monotonic() - began < 2


def test_an_answer_is_read_up_to_a_megabyte_and_no_further() -> None:
    """However well it reads."""
    whole = b'{"a": "' + b"x" * (MAX_BYTES - 9) + b'"}'
    assert len(whole) == MAX_BYTES == 1024 * 1024
    with server(answering(whole)) as url:
        assert Transport(url).get("/x").status == 200
    with server(answering(b" " + whole)) as url, pytest.raises(TooLarge):
        Transport(url).get("/x")


@pytest.mark.parametrize(
    ("answer", "is_no"),
    [
        (Answer(401, {"code": "token_invalid"}), True),
        (Answer(403, {"code": "token_invalid"}), False),
        (Answer(401, {"code": "not_authenticated"}), False),
    ],
)
def test_a_no_is_one_to_the_token_that_was_sent(answer: Answer, is_no: bool) -> None:
    """`not_authenticated` says that none came along: something on the way takes the header off."""
    assert isinstance(answer.refusal, TokenInvalid) == is_no
    assert (answer.refusal is not None) == is_no


def test_nobody_listening_is_no_answer() -> None:
    with server(hanging) as url:
        pass
    with pytest.raises(CannotTell):
        Transport(url, seconds=0.5).get("/x")


def test_a_connection_serves_again_after_a_bad_answer() -> None:
    answers = iter([answering(b'{"a": ', length=1000), answering(b'{"a": 1}')])

    def serve(connection: socket.socket) -> None:
        next(answers)(connection)

    with server(serve) as url:
        transport = Transport(url, seconds=0.5)
        with pytest.raises(CannotTell):
            transport.get("/x")
        assert transport.get("/x").document == {"a": 1}


@pytest.mark.parametrize(
    "url", ["", "auth.example.com", "ftp://auth.example.com", "http://", "https://a/?b", "https://a/#b"]
)
def test_what_is_no_url_of_a_service_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="no URL"):
        Transport(url)


def dripping_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(30):
        connection.sendall(b"a")
        time.sleep(0.1)


def dripping_chunk(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(30):
        connection.sendall(b"0")
        time.sleep(0.1)


def late_and_hanging(connection: socket.socket) -> None:
    time.sleep(0.8)
    connection.sendall(b"HTTP/1.1 200")
    time.sleep(3)


@pytest.mark.parametrize("serve", [dripping_headers, dripping_chunk, late_and_hanging, trickling, hanging])
@pytest.mark.parametrize("is_tls", [False, True])
def test_seconds_bound_a_call_whatever_drips(
    serve: Serve, is_tls: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = certified(tmp_path, monkeypatch) if is_tls else None
    with server(serve, context) as url:
        transport = Transport(url, seconds=1.0)
        began = time.monotonic()
        with pytest.raises(CannotTell):
            transport.get("/x")
        assert time.monotonic() - began < 1.6


def test_tls_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(answering(b'{"a": 1}'), certified(tmp_path, monkeypatch)) as url:
        assert Transport(url).get("/x").document == {"a": 1}


def keeping(closes_after: int, heard: list[bytes]) -> Serve:
    """Answers so many calls of a connection, and closes it under the next one."""

    def serve(connection: socket.socket) -> None:
        for _ in range(closes_after):
            connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")
            heard.append(connection.recv(65536))

    return serve


def test_a_connection_that_was_closed_under_a_call_costs_no_answer() -> None:
    heard: list[bytes] = []
    with server(keeping(1, heard)) as url:
        transport = Transport(url)
        assert transport.get("/x").status == 200
        assert transport.post_json("/auth/verify", {}).status == 200
    assert heard[0].startswith(b"POST")


def test_credentials_are_not_sent_twice() -> None:
    heard: list[bytes] = []
    with server(keeping(1, heard)) as url:
        transport = Transport(url)
        assert transport.get("/x").status == 200
        with pytest.raises(CannotTell):
            transport.post_form("/auth/token", {}, client_id="a", client_secret="b")


def test_what_closes_each_time_is_tried_twice_and_no_more() -> None:
    heard: list[int] = []
    with server(lambda connection: heard.append(1)) as url, pytest.raises(CannotTell):
        Transport(url).get("/x")
    assert len(heard) == 2


def test_no_answer_is_to_come_out_of_a_cache() -> None:
    heard: list[bytes] = []
    with server(keeping(1, heard)) as url:
        transport = Transport(url)
        transport.get("/x")
        transport.get("/y")
    assert b"cache-control: no-cache" in heard[0].lower()
