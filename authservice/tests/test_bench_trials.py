"""What the trials of `make bench` stand on: clients at times of their own, tokens sent once, servers looked at."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from rest_framework.test import APIClient

from bench import growing, hits, offers, people, programme, seeding, servers, sources
from bench.contest import Tokens, Work
from bench.load import WrongAnswerError
from bench.offers import Offering
from bench.people import PASSWORD, People, Person
from bench.ratios import percentile
from bench.rows import ROWS
from bench.servers import Server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="`make bench` pins to cores, which takes Linux")

KNOWN = People("argon2$hash", [Person(f"person{n}@example.com", f"access{n}", "") for n in range(4)])
WORKS = {row.name: row.ours for row in ROWS}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Of some people."""
    KNOWN.write(tmp_path / "people.json")
    return tmp_path / "people.json"


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server that answers `/` and is too busy for the rest."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 503)
        self.send_header("Retry-After", "1")
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"here")

    def log_message(self, *_: object) -> None:
        pass


def offer(port: int, file: Path, path: str = "/", **how: object) -> offers.Offered:
    offering = Offering(port, file, Work("GET", path, "here"), clients=4, **how)  # type: ignore[arg-type]
    return offering.do({})


def test_clients_come_at_times_of_their_own(port: int, file: Path) -> None:
    found = offer(port, file, seconds=0.5, every=0.1)
    assert 16 <= len(found.given) <= 20
    assert not found.refused
    assert all(0 < seconds < 0.1 for seconds in found.given)


def test_who_is_told_to_come_again_later_does(port: int, file: Path) -> None:
    patient = offer(port, file, "/busy", seconds=1.5, may_be_refused=True)
    assert 4 <= len(patient.refused) <= 8
    impatient = offer(port, file, "/busy", seconds=1.5, may_be_refused=True, impatient=True)
    assert len(impatient.refused) > 20


@pytest.mark.parametrize(("path", "expects"), [("/busy", "here"), ("/", "there")])
def test_a_refusal_that_nobody_expects_ends_the_run(port: int, file: Path, path: str, expects: str) -> None:
    with pytest.raises(WrongAnswerError, match="got"):
        Offering(port, file, Work("GET", path, expects), clients=1, seconds=0.1).do({})


def test_tokens_are_sent_once_and_repetitions_told(file: Path) -> None:
    people.write_tokens(file, Tokens.NEW, ["one", "two"])
    source = sources.prepare(WORKS["new"], file, connections=2)
    source.begin(1)
    assert [b'"one"' in source.take(0), b'"two"' in source.take(1)] == [True, True]
    assert source.repeated == 0
    source.begin(2)
    source.take(0)
    assert source.repeated == 1


def test_a_service_client_sends_a_form() -> None:
    client = {"client_id": "svc_1", "client_secret": "s&t"}
    sent = sources.request(WORKS["client"], KNOWN.persons[0], client).decode()
    assert "\r\nContent-Type: application/x-www-form-urlencoded\r\n" in sent
    assert sent.endswith("\r\n\r\ngrant_type=client_credentials&client_id=svc_1&client_secret=s%26t")


@pytest.mark.parametrize(
    ("names", "needed"),
    [
        (["verify", "login"], {Tokens.NEW: 0, Tokens.COLD: 0}),
        (["new"], {Tokens.NEW: 4 * 2 * 13_000, Tokens.COLD: 0}),
        (["cold", "memory"], {Tokens.NEW: 2 * 13_000, Tokens.COLD: 5 * 2 * 6_000}),
    ],
)
def test_as_many_tokens_are_made_as_can_be_sent(names: list[str], needed: dict[Tokens, int]) -> None:
    assert programme.tokens(names, seconds=2, rounds=3) == needed


def test_login_comes_after_what_asks_about_older_sessions_and_memory_last() -> None:
    assert programme.NAMES[-2:] == ("login", "memory")
    assert sorted(programme.NAMES) == sorted([*WORKS, *programme.TRIALS])


@pytest.mark.django_db
def test_seeded_tokens_are_good_and_the_client_too(tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    seeding.seed(file, 2, new=3, cold=3)
    new, cold = people.read_tokens(file, Tokens.NEW), people.read_tokens(file, Tokens.COLD)
    assert len({*new, *cold}) == 6
    client = APIClient()
    for token in (*new, *cold):
        assert client.post("/auth/verify", {"token": token}).json()["active"]
    known = People.read(file).client
    answer = client.post("/auth/token", {"grant_type": "client_credentials", **known})
    assert answer.status_code == 200


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_users_that_were_copied_are_signed_in(tmp_path: Path) -> None:
    file = tmp_path / "people.json"
    growing.grow(file, 10, asked=3, cold=20)
    client = APIClient()
    persons, cold = People.read(file).persons, people.read_tokens(file, Tokens.COLD)
    assert (len(persons), len(set(cold))) == (3, 20)
    for token in (*(person.access for person in persons), *cold):
        assert client.post("/auth/verify", {"token": token}).json()["active"]
    for person in persons:
        assert client.post("/auth/refresh", {"refresh": person.refresh}).status_code == 200
    assert client.post("/auth/login", {"email": persons[0].email, "password": PASSWORD}).status_code == 200


def test_memory_is_told_from_the_servers_own_counts() -> None:
    assert hits.READS.findall('authservice_standing_reads_total{source="memory"} 1.2e+06\n') == [("memory", "1.2e+06")]
    assert hits.from_memory({"database": 5}, {"database": 6, "memory": 3}) == 0.75
    assert hits.from_memory({"database": 5}, {"database": 5}) is None


def test_residence_is_that_of_the_largest_process() -> None:
    program = "import sys; held = bytearray(80_000_000); print(len(held), flush=True); sys.stdin.read()"
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert child.stdout
        child.stdout.readline()
        assert 80_000_000 < servers.resident_bytes(Server(0, child.pid)) < 160_000_000
    finally:
        child.communicate()


def test_percentile_is_of_all_values() -> None:
    assert percentile([float(value) for value in range(1, 101)], 99) == pytest.approx(99.0, abs=1)
    assert percentile([5.0], 99) == 5.0
