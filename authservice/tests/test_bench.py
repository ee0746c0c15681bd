"""The pieces of `make bench` work: what it measures with, what it measures against, and how it reckons."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
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
from bench import cpu, document, ground, hashing, load, plot, seeding, sources, table, zipf
from bench import server as bench_server
from bench.contest import OURS, Work
from bench.gates import Finding, Gate
from bench.load import Tally, WrongAnswerError
from bench.people import PASSWORD, People, Person
from bench.ratios import Spread, compare
from bench.results import Results
from bench.rows import ASKED, ASKING, DECODED, HASH, HELLO, ROWS, STOCK, STOCK_VERIFY, STOCK_VIEW
from bench.stock import hashers as stock_hashers
from bench.trials import crowd, growth, memory

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="`make bench` pins to cores, which takes Linux")

PEOPLE = People("argon2$hash", [Person(f"person{n}@example.com", f"access{n}", f"refresh{n}") for n in range(4)])
FACTS = {
    "rounds": 3, "seconds": 2.0, "users": 10_000, "threads": 16, "load_average": [0.1, 0.2, 0.3],
    "python": "3.11", "machine": "x86_64", "cores": 2, "packages": {"django": "5.2"},
}  # fmt: skip


def tallies(*rates: float) -> list[Tally]:
    return [Tally(int(rate * 2), 2.0, 1.0, 2.0, 0.75, 0.1, 0.5, 0.97) for rate in rates]


def results(*, verify: tuple[float, ...], findings: Mapping[str, Finding] | None = None) -> Results:
    """Of a server that had half of its core: the bare hello would have been twice as fast."""
    samples = {
        "verify": {
            OURS: tallies(*verify),
            ASKING: tallies(100, 50, 200),
            STOCK_VERIFY: tallies(400, 200, 800),
            HELLO: tallies(9000, 9000, 9000),
        },
        "login": {OURS: tallies(47, 47, 47), STOCK: tallies(40, 40, 40), HASH: tallies(50, 50, 50)},
    }
    return Results(FACTS, samples, Spread(9000, 8900, 9100), findings or {})


GOOD = (11_000, 6_000, 22_000)


def test_ratio_is_taken_pair_by_pair() -> None:
    found = compare("verify", ASKING, ours=[100, 30, 300], theirs=[100, 10, 100])
    assert found.ours == Spread(100, 30, 300)
    assert found.theirs == Spread(100, 10, 100)
    assert found.ratio == Spread(3, 1, 3)  # the ratio of the medians would be 1


def test_unpaired_rounds_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        compare("verify", ASKING, ours=[1, 2], theirs=[1])


def test_table_shows_targets_and_ratios_with_rates_beside() -> None:
    lines = [" ".join(line.split()) for line in table.text(results(verify=GOOD)).splitlines()]
    assert f"verify, tokens seen before ≥ 25 × {STOCK_VERIFY} 27.50 × (27.50 to 30.00) met" in lines
    assert f"login ≥ 0.92 × {HASH} 0.94 × (0.94 to 0.94) met" in lines
    rates = f"22,000 (12,000 to 44,000) {ASKING} 200 (100 to 400)"
    assert f"verify, tokens seen before {rates} 110.00 (110.00 to 120.00)" in lines
    assert "Of what the hash alone allows: authservice 94%, stock 80%" in lines
    assert "verify: the server had 50% of its core; something else ran on this machine, or it waited." in lines
    assert "login, CPU of the server a request: authservice 10.6 ms, stock 12.5 ms" in lines
    remembered = "75% asked about before in the round, 97.0% of the standings in memory."
    assert f"verify, tokens seen before: {remembered}" in lines
    assert "The load generator with a bare hello: 9,000 (8,900 to 9,100) a second." in lines
    assert lines[-1] == "All 3 targets are met."


def test_whatever_is_promised_and_missed_fails_the_run() -> None:
    assert results(verify=GOOD).is_good
    slow = results(verify=(9_900, 4_900, 19_900))
    assert not slow.is_good
    assert table.text(slow).endswith("MISSED: 1 of 3.")
    assert "24.75 × (24.50 to 24.88)" in table.text(slow)


def test_where_the_load_generator_is_slower_each_side_counts_as_if_it_had_had_its_core() -> None:
    (hello,) = [each for each in results(verify=GOOD).comparisons if each.against == HELLO]
    assert (hello.ours.median, hello.theirs.median) == (22_000, 18_000)
    (login,) = [each for each in results(verify=GOOD).comparisons if each.against == HASH]
    assert (login.ours.median, login.theirs.median) == (47, 50)


def test_trials_have_a_say() -> None:
    measured, missed = Gate("workers", "", "much", None), Gate("memory", "≤ 160 MB", "161 MB", is_met=False)
    assert results(verify=GOOD, findings={"scale": Finding([measured], ["A remark."])}).is_good
    found = results(verify=GOOD, findings={"memory": Finding([missed])})
    assert not found.is_good
    assert table.verdict(found) == "MISSED: 1 of 4."
    assert found.as_json()["gates"][-1] == {
        "work": "memory",
        "target": "≤ 160 MB",
        "measured": "161 MB",
        "is_met": False,
    }


@pytest.mark.parametrize(
    ("name", "remembered", "repeated", "is_met"),
    [
        ("new", 0.97, 0.0, True), ("new", 0.94, 0.0, False), ("new", 0.97, 0.02, False),
        ("cold", 0.0, 0.0, True), ("cold", 0.02, 0.0, False), ("cold", None, 0.5, False),
    ],
)  # fmt: skip
def test_a_row_that_measured_another_work_than_it_says_fails_the_run(
    name: str, remembered: float | None, repeated: float, is_met: bool
) -> None:
    ours = [replace(tally, from_memory=remembered, repeated=repeated) for tally in tallies(4000, 4000)]
    found = Results(FACTS, {name: {OURS: ours, STOCK_VERIFY: tallies(400, 400)}}, Spread(9000, 8900, 9100))
    (condition,) = [gate for gate in found.gates if gate.work.endswith("found in memory")]
    assert condition.is_met is found.is_good is is_met


def test_every_promise_of_the_design_is_a_bound() -> None:
    bounds = {(row.name, bound.against): bound.times for row in ROWS for bound in row.bounds}
    assert bounds == {
        ("verify", STOCK_VERIFY): 25, ("verify", HELLO): 0.45, ("new", STOCK_VERIFY): 6, ("cold", STOCK_VERIFY): 3,
        ("user", STOCK): 25, ("client", STOCK_VERIFY): 3, ("graphql", STOCK): 3, ("refresh", STOCK): 6,
        ("login", HASH): 0.92, ("connector-seen", ASKED): 25, ("connector-new", DECODED): 0.8,
        ("connector-view", STOCK_VIEW): 3,
    }  # fmt: skip
    assert all(
        against in {each.name for each in row.others} for row in ROWS for against in [b.against for b in row.bounds]
    )
    assert crowd.AT_MOST == {"one shared core": 8, "a second core": 5}
    assert (growth.FEW, growth.MANY, growth.AT_MOST, memory.AT_MOST_MB) == (1_000, 1_000_000, 1.2, 160)


def test_a_rate_near_what_can_be_measured_is_told() -> None:
    assert not [remark for remark in results(verify=(110, 60, 210)).remarks if "generator" in remark]
    assert [remark for remark in results(verify=(7300, 7300, 7300)).remarks if "generator" in remark]


def test_the_document_holds_both_tables() -> None:
    written = document.text(results(verify=GOOD))
    assert f"| login | ≥ 0.92 × {HASH} | 0.94 × (0.94 to 0.94) | met |" in written
    assert "| --- | --- | --- | --- |\n" in written
    assert "| login | 47.0 (47.0 to 47.0) | stock | 40.0 (40.0 to 40.0) | 1.18 (1.18 to 1.18) |" in written


def test_plot_is_a_picture_of_every_comparison() -> None:
    found = results(verify=GOOD)
    picture = plot.svg(found)
    assert picture.startswith("<svg ")
    assert picture.count("<rect ") == len(found.comparisons) == 5


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
    source = sources.Renewing(work, PEOPLE, connections=4)
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
    source = sources.Repeating(Work("GET", path, expects), PEOPLE)
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
