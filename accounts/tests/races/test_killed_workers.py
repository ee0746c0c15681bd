"""A worker that is killed at any step of a refresh costs the client a retry, and nothing else."""

import http.client
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest

from accounts.models import Session
from accounts.tests.races import aging, people
from accounts.tests.support.processes import Server, Servers

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow]

REFRESH: Final = "/auth/refresh"
ANSWERED: Final = 99  # beyond the last statement: all is signed, nothing has left


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    statements: int
    """After how many of them the worker dies."""
    generation: int
    """Of the row, seen after the death."""


RENEWAL: Final = [
    Step("before anything", 0, 0),
    Step("keys read", 1, 0),
    Step("session read", 2, 0),
    Step("keys held against the log, before the deciding update", 3, 0),
    Step("decided, nothing signed", 4, 1),
    Step("signed, nothing answered", ANSWERED, 1),
]


def break_off(servers: Servers, token: str, *, after: int) -> Server:
    """A refresh whose worker dies in the middle."""
    dying = servers.start_dying(on=REFRESH, after=after)
    with dying.client() as client, pytest.raises((OSError, http.client.HTTPException)):
        client.post(REFRESH, {"refresh": token})
    dying.wait_until_dead()
    return dying


def test_a_retry_after_a_death_at_any_step_finds_one_live_head(servers: Servers) -> None:
    (survivor,) = servers.start()
    with servers.database.orm():
        for step in RENEWAL:
            email = people.register(survivor)
            first = people.sign_in(survivor, email)
            break_off(servers, first.refresh, after=step.statements)
            session = Session.objects.get(user__email=email)
            assert (session.generation, session.revoked_at) == (step.generation, None), step
            retried = people.tokens_of(people.refresh(survivor, first.refresh))
            twice = people.tokens_of(people.refresh(survivor, first.refresh))
            assert retried.refresh == twice.refresh, step
            assert people.verify(survivor, retried.access).status == 200, step
            people.tokens_of(people.refresh(survivor, retried.refresh))
            session.refresh_from_db()
            assert (session.generation, session.revoked_at) == (2, None), step


def test_a_retry_that_dies_too_can_be_retried(servers: Servers) -> None:
    """The retry holds the user's row while it looks: its death lets go of it."""
    (survivor,) = servers.start()
    email = people.register(survivor)
    first = people.sign_in(survivor, email)
    head = people.tokens_of(people.refresh(survivor, first.refresh))
    with servers.database.orm():
        # Keys, session, keys once more, an update without a match, then the user's row and the session.
        for statements in (5, 6, ANSWERED):
            break_off(servers, first.refresh, after=statements)
            assert people.tokens_of(people.refresh(survivor, first.refresh)).refresh == head.refresh
        assert Session.objects.get(user__email=email).generation == 1
    people.tokens_of(people.refresh(survivor, head.refresh))


def test_theft_whose_discoverer_dies_is_still_theft(servers: Servers) -> None:
    """The end of the session and its audit are one transaction: both are lost, and both come with the next try."""
    (survivor,) = servers.start()
    email = people.register(survivor)
    people.sign_in(survivor, email)
    with servers.database.orm():
        session_id = Session.objects.values_list("pk", flat=True).get(user__email=email)
        aging.shift(session_id, timedelta(hours=2))
        stolen = aging.head_of(session_id)
        people.tokens_of(people.refresh(survivor, stolen))
        aging.shift(session_id, timedelta(hours=1))
        break_off(servers, stolen, after=9)  # the session is revoked and its notice appended, its audit is not written
        assert Session.objects.get(pk=session_id).revoked_at is None
        assert people.verdict(people.refresh(survivor, stolen)) == (401, "refresh_token_reused")
        assert Session.objects.get(pk=session_id).revocation_reason == "refresh_token_reused"


def test_the_killed_worker_itself_serves_the_retry_once_it_is_back(servers: Servers) -> None:
    (first_life,) = servers.start()
    tokens = people.sign_in(first_life, people.register(first_life))
    break_off(servers, tokens.refresh, after=4)
    first_life.restart()
    head = people.tokens_of(people.refresh(first_life, tokens.refresh))
    people.tokens_of(people.refresh(first_life, head.refresh))
