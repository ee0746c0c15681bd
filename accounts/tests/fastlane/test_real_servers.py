"""The lane as it is served: by Granian, from `authservice.wsgi`, with the metrics of several processes."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import pytest

from accounts.tests.races import people
from accounts.tests.support.http import JSONClient
from accounts.tests.support.processes import Server, Servers

pytestmark = [pytest.mark.processes, pytest.mark.slow]

MANY: Final = 300 * 1024 * 1024
CHUNK: Final = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
MAX_GROWTH_KB: Final = 20_000

ANSWERS: Final = "authservice_fastlane_answers_total"


def start(servers: Servers, directory: Path, *, fastlane: str = "on") -> Server:
    metrics = directory / "metrics"
    metrics.mkdir(exist_ok=True)
    (server,) = servers.start(env={"AUTH_FASTLANE": fastlane, "PROMETHEUS_MULTIPROC_DIR": str(metrics)})
    return server


def counted(client: JSONClient, name: str, route: str = "auth/verify") -> float:
    lines = client.get("/metrics").body.decode().splitlines()
    found = [line for line in lines if line.startswith(f"{name}{{") and f'"{route}"' in line]
    return sum(float(line.rpartition(" ")[2]) for line in found)


def test_good_tokens_are_hits_and_counted_at_once(servers: Servers, tmp_path: Path) -> None:
    server = start(servers, tmp_path)
    tokens = people.sign_in(server, people.register(server))
    with server.client() as client:
        answers = [client.post("/auth/verify", {"token": tokens.access}) for _ in range(50)]
        assert {answer.status for answer in answers} == {200}
        assert len({answer.body for answer in answers}) == 1
        assert len({answer.headers["X-Request-ID"] for answer in answers}) == 50
        assert counted(client, ANSWERS) == 49
        assert counted(client, "authservice_http_requests_total") == 50
        assert counted(client, "authservice_http_request_seconds_count") == 50


def test_what_was_counted_survives_a_normal_stop(servers: Servers, tmp_path: Path) -> None:
    server = start(servers, tmp_path)
    tokens = people.sign_in(server, people.register(server))
    with server.client() as client:
        for _ in range(50):
            client.post("/auth/verify", {"token": tokens.access})
    server.stop()
    server.start()
    with server.client() as client:
        assert counted(client, ANSWERS) == 49
        assert counted(client, "authservice_http_requests_total") == 50


def test_switched_off_nothing_is_a_hit(servers: Servers, tmp_path: Path) -> None:
    server = start(servers, tmp_path, fastlane="off")
    tokens = people.sign_in(server, people.register(server))
    with server.client() as client:
        for _ in range(5):
            assert client.post("/auth/verify", {"token": tokens.access}).status == 200
        assert (counted(client, ANSWERS), counted(client, "authservice_http_requests_total")) == (0, 5)


def chunked(server: Server, body: Iterator[bytes]) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    headers = {"Content-Type": "application/json"}
    with closing(connection):
        connection.request("POST", "/auth/verify", body, headers, encode_chunked=True)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def test_a_body_in_chunks_reaches_django_whole(servers: Servers, tmp_path: Path) -> None:
    server = start(servers, tmp_path)
    tokens = people.sign_in(server, people.register(server))
    people.verify(server, tokens.access)
    body = json.dumps({"token": tokens.access}).encode()
    status, said = chunked(server, (body[index : index + 7] for index in range(0, len(body), 7)))
    assert (status, said["active"]) == (200, True)
    with server.client() as client:
        assert counted(client, ANSWERS) == 0


def peak_kb(pid: int) -> int:
    """The most memory that the process ever had resident."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells of a process's memory")
def test_a_body_without_end_is_refused_and_not_kept(servers: Servers, tmp_path: Path) -> None:
    server = start(servers, tmp_path)
    tokens = people.sign_in(server, people.register(server))
    people.verify(server, tokens.access)
    with server.client() as client:
        pid = client.get("/healthz").json["process"]
    before = peak_kb(pid)
    assert status_of_endless(server) == 413
    assert peak_kb(pid) - before < MAX_GROWTH_KB


def status_of_endless(server: Server) -> int:
    head = "POST /auth/verify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        with suppress(BrokenPipeError, ConnectionResetError):  # it has heard enough
            for _ in range(MANY // 0x10000):
                connection.sendall(CHUNK)
            connection.sendall(b"0\r\n\r\n")
        return int(connection.recv(4096).split()[1])
