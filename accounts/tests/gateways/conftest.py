"""One service behind every gateway, and one authservice for all of them."""

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Final, Protocol

import pytest
from pytest_django import DjangoDbBlocker

from accounts.tests.gateways import gateways
from accounts.tests.gateways.echo import Echo, echoing
from accounts.tests.gateways.gateways import Gateway
from accounts.tests.gateways.people import Authservice, Person, Service
from accounts.tests.support.databases import Databases
from accounts.tests.support.ports import free_port
from accounts.tests.support.processes import Servers

ISSUER: Final = "http://localhost:8000"
NO_EDITS: Final[Mapping[str, str]] = {}


class StartGateway(Protocol):
    def __call__(
        self, name: str, *, authservice: int, application: int | None = None, edits: Mapping[str, str] = NO_EDITS
    ) -> Gateway: ...


@pytest.fixture(scope="session")
def authservice(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Authservice]:
    """Whatever a test does to the server, it puts right again."""
    database = databases.create()
    servers = Servers(database, tmp_path_factory.mktemp("authservice"))
    with django_db_blocker.unblock():
        (server,) = servers.start(env={"AUTH_ISSUER": ISSUER, "AUTH_LOGIN_LIMITS": "account=9000/1d,address=9000/1d"})
        yield Authservice(server, database)
    servers.stop()
    databases.drop(database)


@pytest.fixture(scope="session")
def usual_application() -> Iterator[Echo]:
    with echoing(free_port()) as echo:
        yield echo


@pytest.fixture
def application(usual_application: Echo) -> Echo:
    """Nothing has reached it yet."""
    usual_application.paths.clear()
    return usual_application


@pytest.fixture(scope="session")
def start_gateway(usual_application: Echo, session_directory: Path) -> Iterator[StartGateway]:
    """`start_gateway("nginx", authservice=port)`: it stops at the end of the run."""
    started: list[Gateway] = []
    numbers = count(1)

    def start(
        name: str, *, authservice: int, application: int | None = None, edits: Mapping[str, str] = NO_EDITS
    ) -> Gateway:
        directory = session_directory / f"{name}-{next(numbers)}"
        directory.mkdir()
        directory.chmod(0o755)  # as root, nginx's workers are somebody else
        behind = usual_application.port if application is None else application
        started.append(
            gateways.start(
                name, directory, authservice=authservice, application=behind, edits={gateways.ISSUER: ISSUER, **edits}
            )
        )
        return started[-1]

    yield start
    for each in started:
        each.child.stop()


@pytest.fixture(scope="session", params=gateways.KINDS)
def gateway(request: pytest.FixtureRequest, authservice: Authservice, start_gateway: StartGateway) -> Gateway:
    return start_gateway(request.param, authservice=authservice.server.port)


@pytest.fixture
def person(authservice: Authservice) -> Person:
    """In no group."""
    return authservice.person()


@pytest.fixture
def service(authservice: Authservice) -> Service:
    """A service client without scopes."""
    return authservice.service()
