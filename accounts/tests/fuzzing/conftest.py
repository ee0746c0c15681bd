"""A server that lets itself be asked as often as anybody likes."""

import os
from collections.abc import Iterator

import hypothesis
import pytest

from accounts.tests.fuzzing.people import STAFF
from accounts.tests.support.databases import Databases
from accounts.tests.support.factories import PASSWORD
from accounts.tests.support.processes import Server, Servers

EXAMPLES = hypothesis.settings(
    max_examples=int(os.environ.get("FUZZ_EXAMPLES", "15")),
    deadline=None,
    database=None,
    derandomize=True,
    phases=[hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)


@pytest.fixture(scope="session")
def server(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    database = databases.create()
    servers = Servers(database, tmp_path_factory.mktemp("fuzzing"))
    limits = {"AUTH_LOGIN_LIMITS": "account=100000/15m,address=100000/15m", "AUTH_ACCESS_LIFETIME": "3600"}
    (one,) = servers.start(env={"GRAPHIQL": "on", **limits})
    environment = {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    database.manage("createsuperuser", "--noinput", "--email", STAFF, env=environment)
    yield one
    servers.stop()
    databases.drop(database)
