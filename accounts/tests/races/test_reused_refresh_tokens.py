"""A superseded refresh token that comes back: a slow sibling, a thief, or a database that lost writes."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from accounts.models import AuditEvent, EventType, Session
from accounts.tests.races import aging, people
from accounts.tests.races.suspending import BOUND_SECONDS
from accounts.tests.support.factories import Tokens
from accounts.tests.support.processes import Server, Servers

pytestmark = [pytest.mark.postgresql, pytest.mark.processes]

LONG_AGO = timedelta(hours=1)
BEYOND_THE_GRACE = timedelta(seconds=32)  # 30 s, and the fraction that a token's whole seconds leave out
WITHIN_THE_GRACE = timedelta(seconds=25)


def open_session(server: Server) -> tuple[UUID, Tokens]:
    """A new person's session. Within `database.orm()`."""
    tokens = people.sign_in(server, people.register(server))
    return Session.objects.values_list("pk", flat=True).latest("created_at"), tokens


def renewed(server: Server, token: str) -> Tokens:
    return people.tokens_of(people.refresh(server, token))


def assert_dead(session_id: UUID, tokens: Tokens, *, reason: str, by: Server, others: Sequence[Server] = ()) -> None:
    """At once where it was ended, and for every refresh; elsewhere what is remembered has its bound."""
    deadline = time.monotonic() + BOUND_SECONDS
    assert people.verdict(people.verify(by, tokens.access)) == (401, "session_revoked")
    for server in others:
        while (verdict := people.verdict(people.verify(server, tokens.access))) == (200, ""):
            assert time.monotonic() < deadline
        assert verdict == (401, "session_revoked")
    for server in (by, *others):
        assert people.verdict(people.refresh(server, tokens.refresh)) == (401, "session_revoked")
    assert Session.objects.get(pk=session_id).revocation_reason == reason
    event = AuditEvent.objects.get(type=EventType.SESSIONS_REVOKED, session=session_id)
    assert event.data["reason"] == reason


@pytest.mark.parametrize("restart", [Server.stop, Server.kill], ids=["stopped", "killed"])
def test_an_old_superseded_token_is_theft_also_after_everything_was_restarted(
    servers: Servers, restart: Callable[[Server], None]
) -> None:
    processes = servers.start(2)
    with servers.database.orm():
        session_id, _ = open_session(processes[0])
        aging.shift(session_id, LONG_AGO)
        stolen = aging.head_of(session_id)
        renewed(processes[0], stolen)
        aging.shift(session_id, BEYOND_THE_GRACE)
        head = renewed(processes[1], aging.head_of(session_id))
        for server in processes:
            restart(server)
            server.start()
        assert people.verify(processes[0], head.access).status == 200
        answer = people.refresh(processes[1], stolen)
        assert people.verdict(answer) == (401, "refresh_token_reused")
        assert "sign in again" in answer.json["detail"]
        assert_dead(session_id, head, reason="refresh_token_reused", by=processes[1], others=processes[:1])


def test_the_parent_of_the_head_is_theft_once_the_grace_is_over(servers: Servers) -> None:
    (server,) = servers.start()
    with servers.database.orm():
        session_id, _ = open_session(server)
        aging.shift(session_id, LONG_AGO)
        parent = aging.head_of(session_id)
        head = renewed(server, parent)
        aging.shift(session_id, WITHIN_THE_GRACE)
        again = renewed(server, parent)
        assert Session.objects.get(pk=session_id).generation == 1
        assert people.verify(server, again.access).status == 200
        aging.shift(session_id, BEYOND_THE_GRACE - WITHIN_THE_GRACE)
        assert people.verdict(people.refresh(server, parent)) == (401, "refresh_token_reused")
        assert_dead(session_id, head, reason="refresh_token_reused", by=server)


def test_a_superseded_token_younger_than_the_grace_is_refused_without_harm(servers: Servers) -> None:
    one, two = servers.start(2)
    with servers.database.orm():
        session_id, first = open_session(one)
        second = renewed(two, first.refresh)
        head = renewed(one, second.refresh)
        for server in (one, two):
            assert people.verdict(people.refresh(server, first.refresh)) == (401, "invalid_refresh_token")
        assert people.verify(two, head.access).status == 200
        renewed(two, head.refresh)
        session = Session.objects.get(pk=session_id)
        assert (session.generation, session.revoked_at) == (3, None)


@pytest.mark.parametrize("lost", [1, 3], ids=["one rotation", "three rotations"])
def test_a_generation_above_the_rows_ends_the_session(servers: Servers, lost: int) -> None:
    one, two = servers.start(2)
    with servers.database.orm():
        session_id, tokens = open_session(one)
        backup = Session.objects.filter(pk=session_id).values("generation", "rotated_at", "expires_at").get()
        for _ in range(lost):
            tokens = renewed(one, tokens.refresh)
        Session.objects.filter(pk=session_id).update(**backup)
        assert people.verdict(people.refresh(two, tokens.refresh)) == (401, "session_revoked")
        assert_dead(session_id, tokens, reason="state_lost", by=two, others=[one])
