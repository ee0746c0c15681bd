"""“No” travels: within a second in every process of the service, at once in the one that was told."""

import time
from collections.abc import Callable
from typing import Final

import pytest

from accounts.tests.races import people, suspending
from accounts.tests.races.suspending import BOUND_SECONDS, Pair
from accounts.tests.support import forging
from accounts.tests.support.factories import PASSWORD, Tokens
from accounts.tests.support.http import JSONClient, Response
from accounts.tests.support.processes import Servers
from accounts.tests.support.trials import Distributions

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow]

NEW_PASSWORD: Final = "seven kites over helsinki"

Change = Callable[[JSONClient, Pair, Tokens], Response]


def suspend(client: JSONClient, pair: Pair, watched: Tokens) -> Response:
    user_id = forging.claims_of(watched.access)["sub"]
    return client.post(f"/users/{user_id}/suspend", {"reason": "a trial"}, token=pair.staff.access)


def log_out(client: JSONClient, pair: Pair, watched: Tokens) -> Response:
    return client.post("/auth/logout", token=watched.access)


def change_password(client: JSONClient, pair: Pair, watched: Tokens) -> Response:
    """In another session of the same person: it is the others that end."""
    email = client.get("/auth/user", token=watched.access).json["email"]
    own = people.tokens_of(people.log_in(client, email))
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    return client.post("/auth/password/change", body, token=own.access)


def delete(client: JSONClient, pair: Pair, watched: Tokens) -> Response:
    return client.post("/auth/user/delete", {"password": PASSWORD}, token=watched.access)


@pytest.mark.timeout(180)
@pytest.mark.trials(short=10, long=200)
@pytest.mark.parametrize("change", [suspend, log_out, change_password, delete])
def test_a_change_in_one_process_is_seen_by_the_other_within_a_second(
    servers: Servers, change: Change, trials: int, distributions: Distributions
) -> None:
    pair = suspending.start_pair(servers)
    for _ in range(trials):
        tokens = suspending.newcomer(pair)
        with pair.here.client() as client, suspending.watch_both(pair, tokens) as watched:
            answer = change(client, pair, tokens)
            returned = time.monotonic()
            assert answer.status < 300, answer
            last_yes = suspending.last_yes_elsewhere(watched, returned)
        distributions[f"{change.__name__}: last “yes” elsewhere"].append(last_yes)
        assert last_yes <= BOUND_SECONDS
        assert not [*watched[0].others, *watched[1].others]
