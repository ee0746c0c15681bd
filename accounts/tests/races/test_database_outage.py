"""Without its database the service can't tell, and says so: 503, never 500 and never a 401 that signs people out."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from pytest_django import DjangoDbBlocker

from accounts.tests.races import people
from accounts.tests.races.crew import crew
from accounts.tests.support.databases import PostgreSQLDatabases
from accounts.tests.support.factories import Tokens
from accounts.tests.support.http import JSONClient, Response
from accounts.tests.support.postgresql import PostgreSQL
from accounts.tests.support.processes import Server, Servers
from accounts.tests.support.together import together

pytestmark = [pytest.mark.postgresql, pytest.mark.processes]

ANSWERS_WITHIN_SECONDS: Final = 5.0
RECOVERS_WITHIN_SECONDS: Final = 2.0
THREADS: Final = 8


@pytest.fixture(scope="module")
def cluster(session_directory: Path) -> Iterator[PostgreSQL]:
    """A PostgreSQL of these tests' own, to let die; unlike the suite's, it keeps what it has committed."""
    private = PostgreSQL(session_directory / "mortal_postgresql")
    private.start()
    private.execute("ALTER ROLE postgres SET synchronous_commit = on")
    yield private
    private.stop()


@pytest.fixture
def mortal(cluster: PostgreSQL, tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> Iterator[Servers]:
    """Servers on that cluster."""
    cluster.start()
    databases = PostgreSQLDatabases(cluster, tmp_path / "databases")
    group = Servers(databases.create(), tmp_path)
    with django_db_blocker.unblock():
        yield group
    group.stop()
    cluster.start()
    databases.drop(group.database)


def calls(client: JSONClient, email: str, tokens: Tokens) -> dict[str, Callable[[], Response]]:
    """Everything that can't be answered without the truth."""
    return {
        "login": lambda: people.log_in(client, email),
        "refresh": lambda: client.post("/auth/refresh", {"refresh": tokens.refresh}),
        "verify": lambda: client.post("/auth/verify", {"token": tokens.access}),
        "user": lambda: client.get("/auth/user", token=tokens.access),
        "logout": lambda: client.post("/auth/logout", token=tokens.access),
        "register": lambda: client.post("/auth/register", {"email": "new@example.com", "password": "x" * 5 + email}),
    }


def warmed_up(server: Server) -> tuple[str, Tokens]:
    """Every thread of the server has its connection, and the keys are loaded."""
    email = people.register(server)
    tokens = people.sign_in(server, email)
    together(lambda _: people.verify(server, tokens.access), threads=2 * THREADS)
    with server.client() as client:
        assert client.get("/readyz").json == {"status": "ready", "database": "ok"}
        assert client.get("/.well-known/jwks.json").status == 200
    return email, tokens


def test_without_its_database_the_service_answers_503_and_recovers(cluster: PostgreSQL, mortal: Servers) -> None:
    (server,) = mortal.start(threads=THREADS)
    email, tokens = warmed_up(server)
    cluster.stop()
    with server.client() as client:
        for _ in range(3):
            for name, call in calls(client, email, tokens).items():
                began = time.monotonic()
                answer = call()
                assert people.verdict(answer) == (503, "temporarily_unavailable"), name
                assert int(answer.headers["Retry-After"]) > 0, name
                assert time.monotonic() - began < ANSWERS_WITHIN_SECONDS, name
            assert client.get("/.well-known/jwks.json").status == 200
            readiness = client.get("/readyz")
            assert (readiness.status, readiness.json["database"]) == (200, "unavailable")
            assert client.get("/healthz").status == 200
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
