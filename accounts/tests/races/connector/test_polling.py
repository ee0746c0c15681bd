"""A fleet of a thousand processes polls: each is answered, hears in time, and costs the service little."""

import time

import pytest

from accounts.tests.races import people
from accounts.tests.races.connector import polling, revoking
from accounts.tests.races.connector.conftest import Lone
from accounts.tests.races.connector.revoking import BOUND_SECONDS
from accounts.tests.support import service_clients
from accounts.tests.support.forging import claims_of
from accounts.tests.support.processes import Servers
from accounts.tests.support.trials import Distributions
from bench import cpu

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow]

BEGUN_SECONDS = 3.0
WATCHED_SECONDS = 10.0


@pytest.mark.trials(short=50, long=1000)  # of pollers, at once
def test_all_who_poll_are_answered_and_hear_of_a_suspension_in_time(
    lone: Lone, servers: Servers, trials: int, distributions: Distributions
) -> None:
    token = people.sign_in(lone.auth, people.register(lone.auth)).access
    with servers.database.orm():
        clients_token = service_clients.token_of(service_clients.make("notices:read"))
    with polling.pollers(lone.auth, clients_token, trials) as polled:
        time.sleep(BEGUN_SECONDS)
        began, computed = time.monotonic(), cpu.seconds_of(lone.auth.child.pid)
        time.sleep(WATCHED_SECONDS)
        share = (cpu.seconds_of(lone.auth.child.pid) - computed) / (time.monotonic() - began)
        with servers.database.orm():
            revoking.suspend(token)
        returned = time.monotonic()
        heard = polled.wait_until_heard(claims_of(token)["sub"], by=trials, seconds=30)
    assert polled.statuses == {200}
    assert max(heard) - returned <= BOUND_SECONDS
    distributions[f"{trials} pollers: an answer"] += polled.seconds
    distributions[f"{trials} pollers: heard after"] += [at - returned for at in heard]
    distributions[f"{trials} pollers: computed a second"].append(share)
