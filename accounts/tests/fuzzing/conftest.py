"""A server that lets itself be asked as often as anybody likes."""

import os
from collections.abc import Iterator

import hypothesis
import pytest
from pytest_django import DjangoDbBlocker

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
def server(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Server]:
    database = databases.create()
    servers = Servers(database, tmp_path_factory.mktemp("fuzzing"))
    limits = {"AUTH_LOGIN_LIMITS": "account=100000/15m,address=100000/15m", "AUTH_ACCESS_LIFETIME": "3600"}
    mails = {"AUTH_MAIL_LIMITS": "account=100000/1h,address=100000/1h", "AUTH_DELETION_DELAY": "3600"}
    (one,) = servers.start(env={"GRAPHIQL": "on", **limits, **mails})
    environment = {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    database.manage("createsuperuser", "--noinput", "--email", STAFF, env=environment)
    with django_db_blocker.unblock(), database.orm():
        yield one
    servers.stop()
    databases.drop(database)
