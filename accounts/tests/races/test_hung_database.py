"""A database that hangs, stopped in the middle of whatever it does, takes nobody along: 503 in time, and back at once.

Unlike one that is down it refuses nothing: connections open and stay open, and no timeout of the server's own runs.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

import psycopg
import pytest

from accounts.tests.races import people
from accounts.tests.races.crew import crew
from accounts.tests.races.outages import (
    ANSWERS_WITHIN_SECONDS,
    RECOVERS_WITHIN_SECONDS,
    REMEMBERED,
    REMEMBERED_SECONDS,
    SLACK_SECONDS,
    THREADS,
    calls,
    warmed_up,
)
from accounts.tests.support.factories import PASSWORD, Tokens
from accounts.tests.support.http import JSONClient, Response
from accounts.tests.support.postgresql import PostgreSQL
from accounts.tests.support.processes import Server, Servers

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow]

HEALTHY_SECONDS: Final = 1.0
HUNG_SECONDS: Final = 5.0
QUICK_SECONDS: Final = 1.0
KEYS: Final = "/.well-known/jwks.json"
PEOPLE: Final = "SELECT email FROM accounts_user"
SESSIONS: Final = "SELECT count(*) FROM accounts_session"


@dataclass(frozen=True, slots=True)
class Answer:
    name: str
    began_at: float
    ended_at: float
    response: Response

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def seconds(self) -> float:
        return self.ended_at - self.began_at


@dataclass
class Moments:
    """By `time.monotonic`."""

    frozen_at: float = float("inf")
    thawed_at: float = float("inf")
    over_at: float = float("inf")


def timed(name: str, call: Callable[[], Response]) -> Answer:
    began_at = time.monotonic()
    response = call()
    return Answer(name, began_at, time.monotonic(), response)


@contextmanager
def frozen(cluster: PostgreSQL) -> Iterator[None]:
    cluster.freeze()
    try:
        yield
    finally:
        cluster.thaw()


def assert_unavailable(answer: Answer) -> None:
    assert people.verdict(answer.response) == (503, "temporarily_unavailable"), answer
    assert int(answer.response.headers["Retry-After"]) > 0, answer
    assert answer.seconds < ANSWERS_WITHIN_SECONDS, answer


def assert_recovers(client: JSONClient, tokens: Tokens, *, since: float) -> None:
    while client.get("/auth/user", token=tokens.access).status != 200:
        assert time.monotonic() < since + RECOVERS_WITHIN_SECONDS
        time.sleep(0.02)


def sign_out_anew(client: JSONClient, email: str, index: int) -> Answer:
    """Of a session that is opened for it, as far as that goes."""
    opened = timed("login", partial(people.log_in, client, email))
    if opened.status != 200:
        return opened
    access = opened.response.json["access"]
    return timed("logout", lambda: client.post("/auth/logout", token=access))


def register_anew(client: JSONClient, email: str, index: int) -> Answer:
    body = {"email": f"new{index}-{time.monotonic_ns()}@example.com", "password": PASSWORD}
    return timed("register", lambda: client.post("/auth/register", body))


class Load:
    """Everybody at once, each with one kind of request after the other; keys and readiness among them."""

    def __init__(self, server: Server, email: str, tokens: Tokens) -> None:
        self.moments = Moments()
        self._server, self._email, self._tokens = server, email, tokens

    def work(self, index: int) -> list[Answer]:
        answers: list[Answer] = []
        with self._server.client() as client:
            while time.monotonic() < self.moments.over_at:
                answers.append(self._next(client, index))
                time.sleep(0.01)
        return answers

    def _next(self, client: JSONClient, index: int) -> Answer:
        usual = calls(client, self._email, self._tokens)
        kinds: list[Callable[[], Answer]] = [
            lambda: timed("keys", lambda: client.get(KEYS)),
            lambda: timed("ready", lambda: client.get("/readyz")),
            lambda: sign_out_anew(client, self._email, index),
            lambda: register_anew(client, self._email, index),
            *(partial(timed, name, usual[name]) for name in ("login", "refresh", "verify", "user", "verify", "user")),
        ]
        return kinds[index % len(kinds)]()


def freeze_and_thaw(cluster: PostgreSQL, moments: Moments) -> None:
    time.sleep(HEALTHY_SECONDS)
    moments.frozen_at = time.monotonic()
    with frozen(cluster):
        time.sleep(HUNG_SECONDS)
        moments.thawed_at = time.monotonic()
    moments.over_at = moments.thawed_at + RECOVERS_WITHIN_SECONDS + HEALTHY_SECONDS


def test_under_load_everybody_is_answered_in_time_and_nobody_signed_out(cluster: PostgreSQL, mortal: Servers) -> None:
    (server,) = mortal.start(threads=THREADS, env={"AUTH_HASH_QUEUE": "40", "LOG_LEVEL": "WARNING"})
    email, tokens = warmed_up(server)
    load = Load(server, email, tokens)
    with crew(load.work, threads=THREADS + 2) as all_at_once:
        rounds = all_at_once(lambda: freeze_and_thaw(cluster, load.moments))
    answers = [answer for answers in rounds for answer in answers]
    for answer in answers:
        assert_foreseen(answer, load.moments)
    for name in {answer.name for answer in answers}:
        assert any(a.status != 503 for a in answers if a.name == name and a.began_at > load.moments.thawed_at), name
    registered = {a.response.json["email"] for a in answers if a.name == "register" and a.status == 201}
    assert registered <= {row[0] for row in cluster.execute(PEOPLE, database=mortal.database.name)}
    people.tokens_of(people.refresh(server, tokens.refresh))


def assert_foreseen(answer: Answer, moments: Moments) -> None:
    if answer.name in {"keys", "ready"}:
        assert (answer.status, answer.seconds < HUNG_SECONDS / 2) == (200, True), answer
        return
    assert answer.seconds < ANSWERS_WITHIN_SECONDS, answer
    if answer.status == 503:
        assert_unavailable(answer)
        assert answer.ended_at > moments.frozen_at, answer
        assert answer.began_at < moments.thawed_at + RECOVERS_WITHIN_SECONDS, answer
        return
    assert answer.status in {200, 201, 204}, answer
    remembered = REMEMBERED_SECONDS if answer.name in REMEMBERED else 0.0
    hung_from = moments.frozen_at + remembered + SLACK_SECONDS
    assert not hung_from < answer.ended_at < moments.thawed_at, answer


def test_hung_within_a_transaction_it_is_given_up_and_nothing_is_claimed(cluster: PostgreSQL, mortal: Servers) -> None:
    """The worst for one request: it is alone, so nobody else finds out before its deadline."""
    (server,) = mortal.start(threads=2)
    email, tokens = warmed_up(server)
    with server.client() as client, waiting_for_its_row(cluster, mortal, email) as waits:
        with crew(lambda _: timed("login", lambda: people.log_in(client, email)), threads=1) as all_at_once:
            (answer,) = all_at_once(lambda: freeze_when(cluster, waits))
        assert_unavailable(answer)
        with server.client() as another:
            for name in ("refresh", "verify", "user"):
                assert_unavailable(timed(name, calls(another, email, tokens)[name]))
        cluster.thaw()
        assert_recovers(client, tokens, since=time.monotonic())
    assert cluster.execute(SESSIONS, database=mortal.database.name) == [(1,)]  # the one of before
    people.tokens_of(people.refresh(server, tokens.refresh))


@contextmanager
def waiting_for_its_row(cluster: PostgreSQL, servers: Servers, email: str) -> Iterator[Callable[[], bool]]:
    """Somebody holds the user's row; what is handed out tells whether anybody waits for it."""
    with psycopg.connect(cluster.url(servers.database.name), autocommit=True) as watcher:
        holder = psycopg.connect(cluster.url(servers.database.name))
        holder.execute("SELECT 1 FROM accounts_user WHERE email = %s FOR UPDATE", [email])
        try:
            yield lambda: bool(watcher.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchall())
        finally:
            cluster.thaw()
            holder.close()


def freeze_when(cluster: PostgreSQL, happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10.0
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    cluster.freeze()


def test_without_connections_yet_everybody_but_a_probe_is_refused_at_once(cluster: PostgreSQL, mortal: Servers) -> None:
    (server,) = mortal.start(threads=2)
    email = people.register(server)
    tokens = people.sign_in(server, email)
    server.restart()
    with server.client() as client:
        with frozen(cluster):
            requests = calls(client, email, tokens)
            first = timed("verify", requests["verify"])
            assert_unavailable(first)
            for name, call in requests.items():
                assert_unavailable(timed(name, call))
            thirty = [timed("verify", requests["verify"]) for _ in range(30)]
            assert sorted(answer.seconds for answer in thirty)[-3] < QUICK_SECONDS / 10
            readiness = timed("ready", lambda: client.get("/readyz"))
            assert (readiness.status, readiness.response.headers["Retry-After"]) == (503, "1")
            assert readiness.seconds < QUICK_SECONDS
        assert_recovers(client, tokens, since=time.monotonic())
        assert client.get("/readyz").json == {"status": "ready", "database": "ok"}
