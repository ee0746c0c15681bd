"""Of any number of parallel refreshes with one token, exactly one makes the next head, and all are told of it."""

import pytest

from accounts.models import Session
from accounts.tests.races import people
from accounts.tests.races.crew import crew
from accounts.tests.support.http import Response
from accounts.tests.support.processes import Servers

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow, pytest.mark.usefixtures("unhurried")]

ROUNDS = 1_000
EACH = 10


@pytest.mark.timeout(600)
def test_twenty_parallel_refreshes_over_two_processes_leave_one_live_head(servers: Servers) -> None:
    processes = servers.start(2, threads=EACH, env={"LOG_LEVEL": "WARNING"})
    head = people.sign_in(processes[0], people.register(processes[0])).refresh

    def renew(index: int) -> Response:
        return clients[index].post("/auth/refresh", {"refresh": head})

    with (
        people.clients_of(processes, each=EACH) as clients,
        servers.database.orm(),
        crew(renew, threads=2 * EACH) as all_at_once,
    ):
        for generation in range(1, ROUNDS + 1):
            answers = all_at_once()
            assert {people.verdict(answer) for answer in answers} == {(200, "")}
            (head,) = {answer.json["refresh"] for answer in answers}
            assert Session.objects.get().generation == generation
    believed = {people.verify(process, answers[-1].json["access"]).status for process in processes}
    assert believed == {200}
