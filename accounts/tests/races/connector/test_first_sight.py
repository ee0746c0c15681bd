"""Many first requests of somebody new, at once and in several processes, make one local user."""

from typing import Any

import pytest

from accounts.tests.races import people
from accounts.tests.races.connector import shops as shop_processes
from accounts.tests.races.connector.conftest import Lone
from accounts.tests.support.forging import claims_of
from accounts.tests.support.http import Response
from accounts.tests.support.postgresql import PostgreSQL
from accounts.tests.support.together import together

pytestmark = [pytest.mark.postgresql, pytest.mark.processes]

REQUESTS = 20


@pytest.mark.trials(short=5, long=50)
@pytest.mark.timeout(120)
def test_parallel_first_requests_over_two_processes_make_one_row(
    lone: Lone, postgresql: PostgreSQL, trials: int
) -> None:
    processes = shop_processes.start(lone.shops, lone.credentials, 2)
    database = lone.shops.database.name
    for number in range(1, trials + 1):
        token = people.sign_in(lone.auth, people.register(lone.auth)).access

        def first(index: int, token: str = token) -> Response:
            with processes[index % 2].client() as client:
                return client.post("/orders", {"article": f"a loom {index}"}, token=token)

        answers = together(first, threads=REQUESTS)
        assert {answer.status for answer in answers} == {201}, answers
        assert rows(postgresql, database, claims_of(token)["sub"]) == [(1, 1, REQUESTS)]
        assert postgresql.execute("SELECT count(*) FROM auth_user", database=database) == [(number,)]


def rows(cluster: PostgreSQL, database: str, subject: str) -> list[Any]:
    """How many mirrored people, local users and orders there are of this subject."""
    statement = (
        "SELECT count(DISTINCT mirrored.id), count(DISTINCT mirrored.user_id), count(DISTINCT placed.id)"
        " FROM authservice_connector_remoteuser mirrored"
        " LEFT JOIN orders_order placed ON placed.owner_id = mirrored.user_id"
        f" WHERE mirrored.subject = '{subject}'"
    )
    return cluster.execute(statement, database=database)
