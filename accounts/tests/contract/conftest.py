"""A running service, somebody to sign in, and the clients' own packages."""

from dataclasses import astuple, dataclass

import pytest

from accounts.tests.contract import installing
from accounts.tests.contract.installing import Node, Python
from accounts.tests.support.factories import PASSWORD
from accounts.tests.support.processes import Server, Servers


@dataclass(frozen=True, slots=True)
class Account:
    email: str = "ada@example.com"
    password: str = PASSWORD

    @property
    def arguments(self) -> tuple[str, ...]:
        return astuple(self)


@pytest.fixture
def service(servers: Servers) -> Server:
    """As `make run` serves it."""
    (server,) = servers.start(env={"GRAPHIQL": "on"})
    return server


@pytest.fixture
def account() -> Account:
    """Of nobody yet."""
    return Account()


@pytest.fixture(scope="session")
def python_clients() -> Python:
    return installing.python()


@pytest.fixture(scope="session")
def node_clients(python_clients: Python) -> Node:
    return installing.node(python_clients)
