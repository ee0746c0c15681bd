"""A limit on failed sign-ins holds whatever arrives at once, at whichever process, wherever it is counted."""

import re
import time
from collections.abc import Callable, Mapping
from typing import Final

import pytest

from accounts.models import AttemptCounter
from accounts.tests.races import people
from accounts.tests.races.people import WRONG_PASSWORD
from accounts.tests.support.factories import PASSWORD
from accounts.tests.support.http import JSONClient, Response
from accounts.tests.support.processes import Server, Servers
from accounts.tests.support.together import together
from accounts.tests.support.valkey import Valkey

pytestmark = [pytest.mark.postgresql, pytest.mark.processes]

EACH: Final = 25
HASHES: Final = re.compile(r"^authservice_password_hash_seconds_count (\d+)", re.MULTILINE)
COUNTED_IN: Final = pytest.mark.parametrize("redis", [False, True], ids=["database", "redis"])


def start(servers: Servers, valkey: Valkey, number: int = 2, *, limits: str, redis: bool, **env: str) -> list[Server]:
    variables = {"AUTH_LOGIN_LIMITS": limits, "REDIS_URL": valkey.url if redis else "", "AUTH_HASH_QUEUE": "40"}
    return servers.start(number, threads=EACH, env=variables | env)


def hashes_made(processes: list[Server]) -> int:
    total = 0
    for server in processes:
        with server.client() as client:
            text = client.get("/metrics").body.decode()
        total += int(HASHES.search(text)[1])  # type: ignore[index]  # always exposed
    return total


def at_once(processes: list[Server], attempt: Callable[[JSONClient, int], Response], *, each: int) -> list[str]:
    """The codes of all answers, "" for those that let somebody in."""
    with people.clients_of(processes, each=each) as clients:
        answers = together(lambda index: attempt(clients[index], index), threads=len(clients))
    return [people.verdict(answer)[1] for answer in answers]


def from_address(client: JSONClient, address: str, email: str, password: str) -> Response:
    headers: Mapping[str, str] = {"X-Forwarded-For": address}
    return client.post("/auth/login", {"email": email, "password": password}, headers=headers)


@COUNTED_IN
def test_of_fifty_parallel_wrong_passwords_over_two_processes_five_are_looked_at(
    servers: Servers, valkey: Valkey, redis: bool
) -> None:
    processes = start(servers, valkey, limits="account=5/15m,address=1000/15m", redis=redis)
    email = people.register(processes[0])
    before = hashes_made(processes)
    codes = at_once(processes, lambda client, _: people.log_in(client, email, WRONG_PASSWORD), each=EACH)
    assert sorted(codes) == ["invalid_credentials"] * 5 + ["too_many_attempts"] * 45
    assert hashes_made(processes) - before == 5
    with processes[1].client() as client:
        answer = people.log_in(client, email)
    assert people.verdict(answer) == (429, "too_many_attempts")
    assert 1 <= int(answer.headers["Retry-After"]) <= 15 * 60
    with servers.database.orm():
        assert AttemptCounter.objects.exists() != redis


@COUNTED_IN
def test_no_x_forwarded_for_makes_another_address_of_a_stranger(servers: Servers, valkey: Valkey, redis: bool) -> None:
    """Without TRUSTED_PROXIES the header is the client's own text; here each attempt is at another account, too."""
    processes = start(servers, valkey, limits="account=5/15m,address=5/15m", redis=redis)
    before = hashes_made(processes)

    def attempt(client: JSONClient, index: int) -> Response:
        return from_address(client, f"198.51.100.{index}", f"nobody{index}@example.com", WRONG_PASSWORD)

    codes = at_once(processes, attempt, each=EACH)
    assert sorted(codes) == ["invalid_credentials"] * 5 + ["too_many_attempts"] * 45
    assert hashes_made(processes) - before == 5


@COUNTED_IN
def test_strangers_who_fill_an_accounts_limit_keep_its_owner_out_of_nothing(
    servers: Servers, valkey: Valkey, redis: bool
) -> None:
    processes = start(servers, valkey, limits="account=5/15m,address=100/15m", redis=redis, TRUSTED_PROXIES="127.0.0.1")
    email = people.register(processes[0])
    with processes[0].client() as client:
        people.tokens_of(from_address(client, "203.0.113.9", email, PASSWORD))

    def guess(client: JSONClient, index: int) -> Response:
        return from_address(client, f"198.51.100.{index}", email, WRONG_PASSWORD)

    assert at_once(processes, guess, each=EACH).count("invalid_credentials") == 5
    with processes[1].client() as client:
        assert from_address(client, "198.51.100.99", email, PASSWORD).status == 429
        people.tokens_of(from_address(client, "203.0.113.9", email, PASSWORD))

    def guess_from_home(client: JSONClient, _: int) -> Response:
        return from_address(client, "203.0.113.9", email, WRONG_PASSWORD)

    assert at_once(processes, guess_from_home, each=EACH).count("invalid_credentials") == 5


@COUNTED_IN
def test_a_limit_opens_again_when_its_window_is_over(servers: Servers, valkey: Valkey, redis: bool) -> None:
    (server,) = start(servers, valkey, 1, limits="account=2/3s,address=100/15m", redis=redis)
    email = people.register(server)
    with server.client() as client:
        wrong = [people.log_in(client, email, WRONG_PASSWORD).status for _ in range(2)]
        refused = people.log_in(client, email)
        assert (wrong, refused.status) == ([401, 401], 429)
        time.sleep(int(refused.headers["Retry-After"]) + 0.05)
        people.tokens_of(people.log_in(client, email))


@COUNTED_IN
def test_parallel_right_passwords_cost_nothing(servers: Servers, valkey: Valkey, redis: bool) -> None:
    processes = start(servers, valkey, limits="account=20/15m,address=20/15m", redis=redis)
    email = people.register(processes[0])
    for _ in range(2):
        codes = at_once(processes, lambda client, _: people.log_in(client, email), each=10)
        assert codes == [""] * 20
    codes = at_once(processes, lambda client, _: people.log_in(client, email, WRONG_PASSWORD), each=15)
    assert sorted(codes) == ["invalid_credentials"] * 20 + ["too_many_attempts"] * 10
