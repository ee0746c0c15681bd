"""Without its database the service can't tell, and says so: 503, never 500 and never a 401 that signs people out."""

import time

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
from accounts.tests.support.postgresql import PostgreSQL
from accounts.tests.support.processes import Servers

pytestmark = [pytest.mark.postgresql, pytest.mark.processes]


def test_without_its_database_the_service_answers_503_and_recovers(cluster: PostgreSQL, mortal: Servers) -> None:
    (server,) = mortal.start(threads=THREADS)
    email, tokens = warmed_up(server)
    cluster.stop()
    forgotten_at = time.monotonic() + REMEMBERED_SECONDS + SLACK_SECONDS
    with server.client() as client:
        for turn in range(3):
            for name, call in calls(client, email, tokens).items():
                began = time.monotonic()
                answer = call()
                if answer.status == 200 and name in REMEMBERED and began < forgotten_at:
                    continue
                assert people.verdict(answer) == (503, "temporarily_unavailable"), name
                assert int(answer.headers["Retry-After"]) > 0, name
                assert time.monotonic() - began < ANSWERS_WITHIN_SECONDS, name
            assert client.get("/.well-known/jwks.json").status == 200
            readiness = client.get("/readyz")
            assert (readiness.status, readiness.json["database"]) == (200, "unavailable")
            assert client.get("/healthz").status == 200
            if turn == 0:
                time.sleep(max(0.0, forgotten_at - time.monotonic()))
        cluster.start()
        deadline = time.monotonic() + RECOVERS_WITHIN_SECONDS
        while client.post("/auth/verify", {"token": tokens.access}).status != 200:
            assert time.monotonic() < deadline
        people.tokens_of(people.log_in(client, email))
        head = people.tokens_of(client.post("/auth/refresh", {"refresh": tokens.refresh}))
        assert client.get("/auth/user", token=head.access).status == 200
        assert client.get("/readyz").json == {"status": "ready", "database": "ok"}


def test_a_database_that_dies_under_load_signs_nobody_out(cluster: PostgreSQL, mortal: Servers) -> None:
    """Whatever statement each request is at: its answer is the truth from before, or that it can't be told."""
    (server,) = mortal.start(threads=THREADS, env={"AUTH_HASH_QUEUE": "40", "LOG_LEVEL": "WARNING"})
    email, tokens = warmed_up(server)
    end = time.monotonic() + 4.0

    def work(index: int) -> set[int]:
        statuses: set[int] = set()
        with server.client() as client:
            call = list(calls(client, email, tokens).values())[index % 4]
            while time.monotonic() < end:
                statuses.add(call().status)
        return statuses

    def die_and_return() -> None:
        time.sleep(1.0)
        cluster.stop()
        time.sleep(0.5)
        cluster.start()

    with crew(work, threads=THREADS) as all_at_once:
        seen = set[int]().union(*all_at_once(die_and_return))
    assert seen == {200, 503}
    people.tokens_of(people.refresh(server, tokens.refresh))
