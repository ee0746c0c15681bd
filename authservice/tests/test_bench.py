"""The pieces of `make bench` work: what it measures with, what it measures against, and how it reckons."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from rest_framework.test import APIClient

from accounts import passwords
from accounts.tests.support.environment import CHECKOUT
from authservice import logs
from authservice.serving import server as own_server
from bench import cpu, ground, hashing, load, plot, seeding, sources, table, zipf
from bench import server as bench_server
from bench.load import Tally, WrongAnswerError
from bench.people import PASSWORD, People, Person
from bench.ratios import Spread, compare
from bench.results import Results
from bench.rows import ASKING, HASH, HELLO, OURS, ROWS, STOCK, Work
from bench.stock import hashers as stock_hashers

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="`make bench` pins to cores, which takes Linux")

PEOPLE = People("argon2$hash", [Person(f"person{n}@example.com", f"access{n}", f"refresh{n}") for n in range(4)])
FACTS = {"rounds": 3, "seconds": 2.0, "users": 10_000, "threads": 16, "load_average": [0.1, 0.2, 0.3]}


def tallies(*rates: float) -> list[Tally]:
    return [Tally(int(rate * 2), 2.0, 1.0, 2.0, 0.75, 0.1, 0.5) for rate in rates]


def results(*, verify: tuple[float, ...]) -> Results:
    samples = {
        "verify": {OURS: tallies(*verify), ASKING: tallies(100, 50, 200), HELLO: tallies(9000, 9000, 9000)},
        "login": {OURS: tallies(45, 45, 45), STOCK: tallies(40, 40, 40), HASH: tallies(50, 50, 50)},
    }
    return Results(FACTS, samples, Spread(9000, 8900, 9100))


def test_ratio_is_taken_pair_by_pair() -> None:
    found = compare("verify", ASKING, ours=[100, 30, 300], theirs=[100, 10, 100])
    assert found.ours == Spread(100, 30, 300)
    assert found.theirs == Spread(100, 10, 100)
    assert found.ratio == Spread(3, 1, 3)  # the ratio of the medians would be 1


def test_unpaired_rounds_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        compare("verify", ASKING, ours=[1, 2], theirs=[1])


def test_table_shows_ratios_with_rates_beside() -> None:
    lines = table.text(results(verify=(110, 60, 210))).splitlines()
    (asking,) = [line for line in lines if line.startswith("verify, tokens") and ASKING in line]
    assert " ".join(asking.split()) == (
        f"verify, tokens seen before 110 (60.0 to 210) {ASKING} 100 (50.0 to 200) 1.10 (1.05 to 1.20) ≥ 1: met"
    )
    assert "Of what the hash alone allows: authservice 90%, stock 80%" in lines
    assert "verify: the server had 50% of its core; something else ran on this machine, or it waited." in lines
    assert "login, CPU of the server a request: authservice 11.1 ms, stock 12.5 ms" in lines
    assert "The load generator with a bare hello: 9,000 (8,900 to 9,100) a second." in lines


def test_being_slower_than_stock_that_asks_fails_the_run() -> None:
    assert results(verify=(110, 60, 210)).is_good
    slow = results(verify=(90, 60, 150))
    assert not slow.is_good
    assert any(remark.startswith("TOO SLOW: verify") for remark in slow.remarks)
    assert "≥ 1: MISSED" in table.text(slow)


def test_a_rate_near_what_can_be_measured_is_told() -> None:
    assert not [remark for remark in results(verify=(110, 60, 210)).remarks if "generator" in remark]
    assert [remark for remark in results(verify=(7300, 7300, 7300)).remarks if "generator" in remark]


def test_plot_is_a_picture_of_every_comparison() -> None:
    found = results(verify=(110, 60, 210))
    picture = plot.svg(found)
    assert picture.startswith("<svg ")
    assert picture.count("<rect ") == len(found.comparisons) == 4


def test_choice_is_the_same_for_the_same_seed_and_favours_few() -> None:
    first, again, other = (zipf.choose(1000, size=5000, seed=seed) for seed in (1, 1, 2))
    assert first == again != other
    assert set(first) <= set(range(1000))
    favourite = max(set(first), key=first.count)
    assert favourite == max(set(other), key=other.count)
    assert 0.10 < first.count(favourite) / 5000 < 0.17  # 1 / (1 + 1/2 + … + 1/1000) is 0.134


def test_requests_say_what_the_work_wants() -> None:
    works = {row.name: row.ours for row in ROWS}
    person = PEOPLE.persons[0]
    verify, user, me = (sources.request(works[name], person).decode() for name in ("verify", "user", "graphql"))
    assert verify.startswith("POST /auth/verify HTTP/1.1\r\n")
    assert verify.endswith('Content-Length: 20\r\n\r\n{"token": "access0"}')
    assert user.startswith("GET /auth/user HTTP/1.1\r\n")
    assert user.endswith("Authorization: Bearer access0\r\n\r\n")
    assert me.endswith('Authorization: Bearer access0\r\n\r\n{"query": "{ me { email } }"}')


def test_each_connection_renews_tokens_of_its_own() -> None:
    work = next(row.ours for row in ROWS if row.name == "refresh")
    source = sources.prepare(work, PEOPLE, connections=4)
    source.begin(1)
    assert [source.take(number).count(f'"refresh{number}"'.encode()) for number in range(4)] == [1, 1, 1, 1]
    source.answered(2, b'{"refresh": "next"}')
    assert b'"next"' in source.take(2)
    assert b'"refresh1"' in source.take(1)


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server that answers everything with one person's details."""
    server = Server(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


class Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that hangs up is nothing to tell of."""


class Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b'{"email":"person0@example.com"}'
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def drive(port: int, path: str, expects: str) -> Tally:
    source = sources.prepare(Work("GET", path, expects), PEOPLE, connections=2)
    source.begin(1)
    return load.drive(port, source, expects=expects.encode(), connections=2, seconds=0.05)


def test_generator_counts_right_answers(port: int) -> None:
    found = drive(port, "/", '"email"')
    assert found.requests >= 2
    assert found.seconds >= 0.05
    assert 0 < found.p50_ms <= found.p99_ms


@pytest.mark.parametrize(("path", "expects"), [("/missing", '"email"'), ("/", '"access"')])
def test_wrong_answer_ends_the_run(port: int, path: str, expects: str) -> None:
    with pytest.raises(WrongAnswerError, match="expected 200"):
        drive(port, path, expects)


def test_an_answer_may_come_in_parts() -> None:
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood"
    assert [load.whole_body(whole[:size], b"good") for size in (10, 36, 40)] == [None, None, None]
    assert load.whole_body(whole, b"good") == b"good"


@pytest.mark.django_db
def test_seeded_person_is_signed_in(tmp_path: Path) -> None:
    seeding.seed(tmp_path / "people.json", 2)
    person = People.read(tmp_path / "people.json").persons[1]
    client = APIClient()
    verified = client.post("/auth/verify", {"token": person.access})
    assert verified.json()["user"]["email"] == person.email
    assert client.post("/auth/refresh", {"refresh": person.refresh}).status_code == 200
    assert client.post("/auth/login", {"email": person.email, "password": PASSWORD}).status_code == 200


def test_hashes_are_of_one_kind() -> None:
    def parameters(hasher: Argon2PasswordHasher) -> tuple[int, int, int]:
        return hasher.time_cost, hasher.memory_cost, hasher.parallelism

    assert parameters(stock_hashers.Argon2id()) == parameters(passwords.Argon2id())


def test_bare_hash_is_measured_as_django_stores_it() -> None:
    encoded = passwords.Argon2id().encode(PASSWORD, "saltsaltsalt")
    core = min(os.sched_getaffinity(0))
    assert hashing.measure(encoded, core=core, seconds=0.01).requests >= 1


def test_computing_is_told_from_waiting() -> None:
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"], start_new_session=True)
    idle = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    try:
        while cpu.seconds_of(busy.pid) < 0.5:
            pass
        assert cpu.seconds_of(idle.pid) < 0.5
    finally:
        for process in (busy, idle):
            process.kill()
            process.communicate()


def test_servers_have_the_flags_of_authservice(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[dict[str, Any]] = []

    class Recorder:
        def __init__(self, _target: str, **flags: Any) -> None:
            given.append(flags)

        def serve(self, **_: Any) -> None:
            pass

    monkeypatch.setattr(own_server, "Granian", Recorder)
    monkeypatch.setattr(own_server, "_allow_open_files", lambda _: None)
    monkeypatch.setattr(logs, "configure", lambda **_: None)
    monkeypatch.setattr(os, "register_at_fork", lambda **_: None)
    monkeypatch.setattr(sys, "argv", ["server", "127.0.0.1"])
    own_server.main()
    (own,) = given
    ignored = {"port", "workers", "blocking_threads", "workers_kill_timeout", "log_dictconfig"}
    assert {name: str(flag) for name, flag in own.items() if name not in ignored} == {
        name: str(flag) for name, flag in bench_server.FLAGS.items() if name not in ignored
    }


@pytest.mark.parametrize("command", [["check"], ["makemigrations", "--check", "--dry-run"], ["test", "bench.stock"]])
@pytest.mark.sqlite
def test_stock_project_works(command: list[str]) -> None:
    settings = {
        "DJANGO_SETTINGS_MODULE": "bench.stock.settings",
        "STOCK_DATABASE_URL": "sqlite://:memory:",
        "STOCK_SECRET_KEY": "stock" * 10,
        "STOCK_SIGNING_KEY": ground.signing_key(),
    }
    done = subprocess.run(
        [sys.executable, "-m", "django", *command],
        cwd=CHECKOUT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
