"""Two processes on one database: somebody is suspended through one of them, and the other has to hear of it."""

import re
import time
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from accounts.tests.races import people
from accounts.tests.races.watching import REFUSED, Watch, watch
from accounts.tests.support import forging
from accounts.tests.support.factories import PASSWORD, Tokens
from accounts.tests.support.processes import Server, Servers

BOUND_SECONDS: Final = 1.0
SETTLED_SECONDS: Final = 0.3
"""How long both are watched after both have refused: a “yes” that came back would show."""

REFUSED_WITHIN_SECONDS: Final = 10.0  # beyond every bound, so that a miss is measured
HEALTHY_WITHIN_SECONDS: Final = 20.0
CANT_TELL: Final = (503, "temporarily_unavailable")
LIMITS: Final = {
    "AUTH_LOGIN_LIMITS": "account=9000/1d,address=9000/1d",
    "AUTH_ACCESS_LIFETIME": "3600",  # many rounds outlast a token
    "LOG_LEVEL": "WARNING",
}
STAFF: Final = "staff@example.com"
HEALTH: Final = re.compile(
    r'^authservice_(?:notice_reads_total\{outcome="read"|standing_reads_total\{source="memory")\} (\S+)$', re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Pair:
    """`here` is told of everything, `there` hears it from the log."""

    here: Server
    there: Server
    staff: Tokens

    @property
    def both(self) -> tuple[Server, Server]:
        return self.here, self.there


def start_pair(servers: Servers) -> Pair:
    here, there = servers.start(2, env=LIMITS)
    environment = {"DJANGO_SUPERUSER_PASSWORD": PASSWORD}
    servers.database.manage("createsuperuser", "--noinput", "--email", STAFF, env=environment)
    return Pair(here, there, people.sign_in(here, STAFF))


def newcomer(pair: Pair) -> Tokens:
    return people.sign_in(pair.here, people.register(pair.here))


def verdicts(pair: Pair, tokens: Tokens) -> set[tuple[int, str]]:
    return {people.verdict(people.verify(server, tokens.access)) for server in pair.both}


@contextmanager
def watch_both(
    pair: Pair, tokens: Tokens, *, refusals: Set[tuple[int, str]] = REFUSED
) -> Iterator[tuple[Watch, Watch]]:
    with (
        watch(pair.here, tokens.access, refusals=refusals) as here,
        watch(pair.there, tokens.access, refusals=refusals) as there,
    ):
        yield here, there


def wait_until_healthy(pair: Pair, tokens: Tokens) -> None:
    """Both have read the log since now, and answer from memory."""
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    before = [_health(server) for server in pair.both]
    for server, then in zip(pair.both, before, strict=True):
        while not all(now > earlier for now, earlier in zip(_health(server), then, strict=True)):
            people.verify(server, tokens.access)
            assert time.monotonic() < deadline


def _health(server: Server) -> list[float]:
    """How often it has read the log, and found a standing in its memory."""
    with server.client() as client:
        counts = [float(count) for count in HEALTH.findall(client.get("/metrics").body.decode())]
    assert len(counts) == 2
    return counts


def suspend(pair: Pair, tokens: Tokens) -> float:
    """Through `here`, tried again while it can't tell. The moment when it returned."""
    deadline = time.monotonic() + HEALTHY_WITHIN_SECONDS
    user_id = forging.claims_of(tokens.access)["sub"]
    with pair.here.client() as client:
        while True:
            answer = client.post(f"/users/{user_id}/suspend", {"reason": "a trial"}, token=pair.staff.access)
            returned = time.monotonic()
            if people.verdict(answer) != CANT_TELL:
                break
            assert returned < deadline
    assert answer.status == 200, answer
    return returned


def suspend_under_watch(pair: Pair, tokens: Tokens) -> float:
    """In health: see `last_yes_elsewhere`."""
    with watch_both(pair, tokens) as watched:
        wait_until_healthy(pair, tokens)  # the other process remembers whom it is to refuse
        last_yes = last_yes_elsewhere(watched, suspend(pair, tokens))
    assert not [*watched[0].others, *watched[1].others]
    return last_yes


def last_yes_elsewhere(watched: tuple[Watch, Watch], returned: float) -> float:
    """For how long `there` said “yes” after the change had returned from `here`, which never did again."""
    here, there = watched
    for each in watched:
        each.wait_until_refused(seconds=REFUSED_WITHIN_SECONDS)
    time.sleep(SETTLED_SECONDS)
    assert here.last_yes_after(returned) == 0.0
    return there.last_yes_after(returned)
