"""The same race between real processes: answers that arrive after a suspension are worth nothing either."""

import random
import time
from uuid import UUID

import pytest

from accounts.models import Session, User
from accounts.principals import Origin, System
from accounts.services import suspension
from accounts.tests.races import people
from accounts.tests.races.crew import crew
from accounts.tests.support.factories import Tokens
from accounts.tests.support.processes import Servers

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow]

ROUNDS, EACH = 20, 10
OPERATOR = System("race")
LIMITS = {"AUTH_LOGIN_LIMITS": "account=9000/1d,address=9000/1d", "AUTH_HASH_QUEUE": "40", "LOG_LEVEL": "WARNING"}


def suspend_in_a_moment(user_id: UUID) -> None:
    time.sleep(random.uniform(0.0, 0.3))
    suspension.suspend(user_id, reason="race", actor=OPERATOR, origin=Origin())


def test_no_answer_of_two_processes_outlives_a_suspension(servers: Servers) -> None:
    processes = servers.start(2, threads=EACH, env=LIMITS)
    email = people.register(processes[0])

    def act(index: int) -> list[Tokens]:
        """Everything that is handed out until the suspension is felt."""
        handed_out: list[Tokens] = []
        answer = people.log_in(clients[index], email)
        while answer.status == 200:
            handed_out.append(people.tokens_of(answer))
            answer = clients[index].post("/auth/refresh", {"refresh": handed_out[-1].refresh})
        assert people.verdict(answer) in {(403, "account_suspended"), (401, "account_suspended")}
        return handed_out

    with (
        servers.database.orm(),
        people.clients_of(processes, each=EACH) as clients,
        crew(act, threads=2 * EACH) as all_at_once,
    ):
        user_id = User.objects.values_list("pk", flat=True).get(email=email)
        for _ in range(ROUNDS):
            last = [answer[-1] for answer in all_at_once(lambda: suspend_in_a_moment(user_id)) if answer]
            assert not Session.objects.open().exists()
            suspension.reinstate(user_id, actor=OPERATOR, origin=Origin())
            for index, tokens in enumerate(last):
                verified = clients[index].post("/auth/verify", {"token": tokens.access})
                refreshed = clients[-1 - index].post("/auth/refresh", {"refresh": tokens.refresh})
                assert {people.verdict(verified), people.verdict(refreshed)} == {(401, "session_revoked")}
            Session.objects.all().delete()
