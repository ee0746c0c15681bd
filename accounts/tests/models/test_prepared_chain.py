"""What a sign-in writes is the same by one statement and by several, and nothing without the user's row."""

from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditContext, AuditEvent, KnownNetwork, Session, User, prepared_chain
from accounts.models.signing_in import Entrant
from accounts.principals import Origin

pytestmark = pytest.mark.django_db

ORIGIN = Origin(address="203.0.113.7", user_agent="curl/8")
FILLED_IN = {"session": ("created_at", "rotated_at"), "event": ("id", "occurred_at"), "network": ("id",)}


def rows_for(user: User) -> dict[str, Any]:
    end = timezone.now()
    session = Session(user=user, credentials_version=1, amr=["pwd"], expires_at=end, absolute_expires_at=end)
    return {
        "session": session,
        "network": KnownNetwork.of(user.pk, ORIGIN),
        "event": AuditEvent(type="sign_in", outcome="success", subject=user.pk, data={"n": 1}),
        "context": AuditContext(subject=user.pk, address=ORIGIN.address, user_agent=ORIGIN.user_agent),
    }


def opened(user: User, rows: dict[str, Any]) -> bool:
    entrant = Entrant.find(user.email, ORIGIN)
    assert entrant is not None
    return entrant.open(rows, at=timezone.now(), new_hash=user.password)


def written() -> list[models.Model]:
    return [row for model in (Session, KnownNetwork, AuditEvent, AuditContext) for row in model._default_manager.all()]


@pytest.fixture(params=[True, False], ids=["one statement", "several"])
def _as_it_may_be(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr(prepared_chain, "is_one_statement", lambda: False)


@pytest.mark.usefixtures("_as_it_may_be")
def test_all_rows_are_written_and_know_what_the_database_filled_in(user: User) -> None:
    rows = rows_for(user)
    assert opened(user, rows)
    session, network, event, context = written()
    assert network.last_seen_at == session.created_at  # type: ignore[attr-defined]
    assert context.event_id == event.pk  # type: ignore[attr-defined]
    for kept, name in zip((session, network, event), ("session", "network", "event"), strict=True):
        for field in kept._meta.concrete_fields:
            assert getattr(kept, field.attname) == getattr(rows[name], field.attname), field
    assert rows["context"].event_id == event.pk
    assert (context.address, context.user_agent) == (ORIGIN.address, ORIGIN.user_agent)  # type: ignore[attr-defined]
    assert not any(rows[name]._state.adding for name in rows)


@pytest.mark.usefixtures("_as_it_may_be")
@pytest.mark.parametrize("names", [[], ["session"], ["session", "event"], ["event", "context"]])
def test_some_rows_are_written_as_well(user: User, names: list[str]) -> None:
    rows = rows_for(user)
    assert opened(user, {name: rows[name] for name in names})
    assert len(written()) == len(names)


@pytest.mark.usefixtures("_as_it_may_be")
def test_nothing_is_written_without_the_users_row(user: User) -> None:
    entrant = Entrant.find(user.email, ORIGIN)
    assert entrant is not None
    User.objects.update(is_active=False)
    assert not entrant.open(rows_for(user), at=timezone.now(), new_hash="new")
    assert written() == []


@pytest.mark.usefixtures("_as_it_may_be")
def test_a_network_that_was_seen_is_seen_again(user: User) -> None:
    for _ in range(2):
        rows = rows_for(user)
        assert opened(user, rows)
    assert KnownNetwork.objects.get().last_seen_at == rows["session"].created_at


@pytest.mark.postgresql
def test_on_postgresql_it_is_one_statement(user: User) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert opened(user, rows_for(user))
    assert len(asked) == 2  # who it is, and all that is written


@pytest.mark.usefixtures("_as_it_may_be")
def test_a_row_of_no_step_is_not_left_out_silently(user: User) -> None:
    with pytest.raises(LookupError, match="sesion"):
        opened(user, {"sesion": rows_for(user)["session"]})
