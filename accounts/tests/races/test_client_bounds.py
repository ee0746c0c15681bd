"""What is taken from a service client is taken from its tokens: within a second everywhere, at once where it was."""

import random
import time
from typing import Any

import pytest

from accounts.tests.races import people, services, suspending
from accounts.tests.races.crew import crew
from accounts.tests.races.suspending import BOUND_SECONDS
from accounts.tests.support.factories import Tokens
from accounts.tests.support.processes import Servers
from accounts.tests.support.trials import Distributions

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow]

TAKEN = [
    pytest.param({"is_active": False}, "client_disabled", id="disabled"),
    pytest.param({"scopes": []}, "session_revoked", id="narrowed"),
]
ROUNDS, EACH = 20, 8


@pytest.mark.timeout(180)
@pytest.mark.trials(short=10, long=200)
@pytest.mark.parametrize(("changes", "refusal"), TAKEN)
def test_a_change_of_a_client_is_seen_by_the_other_process_within_a_second(
    servers: Servers, changes: dict[str, Any], refusal: str, trials: int, distributions: Distributions
) -> None:
    pair = suspending.start_pair(servers)
    for _ in range(trials):
        service = services.make(pair)
        tokens = Tokens(services.token_of(pair, service), "")
        with suspending.watch_both(pair, tokens, refusals={(401, refusal)}) as watched:
            services.change(pair, service, changes)
            returned = time.monotonic()
            last_yes = suspending.last_yes_elsewhere(watched, returned)
        distributions[f"{refusal}: last “yes” elsewhere"].append(last_yes)
        assert last_yes <= BOUND_SECONDS
        assert not [*watched[0].others, *watched[1].others]


@pytest.mark.timeout(180)
@pytest.mark.parametrize(("changes", "refusal"), TAKEN)
def test_no_token_that_is_issued_meanwhile_outlives_the_change(
    servers: Servers, changes: dict[str, Any], refusal: str
) -> None:
    """Nor does it live again when the change is undone."""
    pair = suspending.start_pair(servers)
    service = services.make(pair)
    met, before = 0, {"is_active": True, "scopes": [services.SCOPE]}

    def act(index: int) -> list[str]:
        """Every token that is handed out until the change is felt."""
        handed_out: list[str] = []
        answer = services.ask(clients[index], service)
        while answer.status == 200:
            handed_out.append(answer.json["access_token"])
            answer = services.ask(clients[index], service)
        assert answer.json["error"] == ("invalid_client" if "is_active" in changes else "invalid_scope")
        return handed_out

    def change_in_a_moment() -> None:
        time.sleep(random.uniform(0.0, 0.25))
        services.change(pair, service, changes)

    with people.clients_of(pair.both, each=EACH) as clients, crew(act, threads=2 * EACH) as all_at_once:
        for _ in range(ROUNDS):
            last = [tokens[-1] for tokens in all_at_once(change_in_a_moment) if tokens]
            met += len(last)
            verdicts = {verdict for token in last for verdict in suspending.verdicts(pair, Tokens(token, ""))}
            assert verdicts <= {(401, refusal)}
            services.change(pair, service, before)
            verdicts = {verdict for token in last for verdict in suspending.verdicts(pair, Tokens(token, ""))}
            assert verdicts <= {(401, "session_revoked")}
    assert met > ROUNDS
