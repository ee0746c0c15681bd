"""Sessions that their user's row no longer bears out end, however it was changed, and however many users there are."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth import hashers
from django.db import OperationalError
from django.utils import timezone

from accounts.models import AuditEvent, Notice, Session, User
from accounts.services import rounds, session_reconciliation
from accounts.services.rounds import Walk
from accounts.services.session_reconciliation import SessionReconciliation
from accounts.tests.support.factories import MakeUser, SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _turns_that_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, too."""
    monkeypatch.setattr(rounds, "TURN_SECONDS", 60)


def change_undated(**changes: Any) -> None:
    """Of all users, as at the database's own prompt: nothing dates it."""
    User.objects.update(**changes, updated_at=timezone.now() - timedelta(days=1))


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"credentials_version": 2, "password": hashers.make_password(None)},
    ],
)
@pytest.mark.parametrize("look", [SessionReconciliation.reconcile_changed, SessionReconciliation.reconcile_sessions])
def test_sessions_of_users_changed_from_outside_end(
    session: Session, make_user: MakeUser, sign_in: SignIn, change: dict[str, object], look: Any
) -> None:
    sign_in(make_user())
    User.objects.filter(pk=session.user_id).update(**change, updated_at=timezone.now())
    worker = SessionReconciliation()
    assert look(worker) == 1
    assert look(worker) == 0
    session.refresh_from_db()
    assert session.revocation_reason == ("credentials_changed" if change.get("is_active", True) else "suspended")
    assert Session.objects.open().count() == 1
    assert Notice.objects.get().data == {"session_ids": [str(session.pk)]}
    event = AuditEvent.objects.get(type="sessions.revoked")
    assert (event.actor, event.subject) == ("system:work", session.user_id)


def test_a_session_that_still_stands_is_not_reconciled(session: Session, user: User, sign_in: SignIn) -> None:
    User.objects.update(credentials_version=2)
    sign_in(user)
    SessionReconciliation().reconcile_sessions()
    assert Session.objects.open().count() == 1


def test_a_new_password_is_taken_up_in_the_next_round_wherever_the_walk_is(session: Session, user: User) -> None:
    worker = SessionReconciliation()
    assert worker.reconcile_changed() == 0
    user.set_password("seven kites over helsinki")
    user.save()
    assert worker.reconcile_changed() == 1
    assert list(Notice.objects.values_list("type", flat=True)) == ["sessions.revoked"]


def test_what_no_date_tells_of_is_found_when_the_walk_comes_round(
    session: Session, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "PAGE", 1)
    monkeypatch.setattr(rounds, "TURN_SECONDS", 0)
    monkeypatch.setattr(session_reconciliation, "WALK_SECONDS", 0)
    for _ in range(4):
        make_user()
    worker = SessionReconciliation()
    for _ in range(3):
        worker.reconcile_sessions()
    change_undated(credentials_version=2)
    assert worker.reconcile_changed() == 0
    assert sorted(worker.reconcile_sessions() for _ in range(6)) == [0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize("page", [1, 2, 3, 5, 6])
def test_a_walk_leaves_nobody_out_and_begins_anew(
    make_user: MakeUser, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(rounds, "PAGE", page)
    for user_id in (0, 1, 2**64, 2**127, 2**128 - 1):
        User.objects.create(pk=UUID(int=user_id), email=f"{user_id}@example.com")
    walk = Walk(User.objects.all())
    for _ in range(2):
        met: list[UUID] = []
        while (found := walk.find_next()) is not None:
            met += User.objects.filter(pk__range=found).order_by("pk").values_list("pk", flat=True)
            if walk.is_round:
                break
        assert met == list(User.objects.order_by("pk").values_list("pk", flat=True))


def test_a_flood_is_dealt_with_in_rounds(make_user: MakeUser, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "BATCH", 2)
    for _ in range(5):
        sign_in(make_user())
    change_undated(credentials_version=2)
    worker = SessionReconciliation()
    assert [worker.reconcile_sessions() for _ in range(4)] == [2, 2, 1, 0]
    assert not Session.objects.open().exists()


def test_a_flood_of_dated_changes_is_looked_at_again_until_it_is_through(
    make_user: MakeUser, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "TURN_SECONDS", 0)
    monkeypatch.setattr(session_reconciliation, "LOOK_BACK", timedelta(0))
    worker = SessionReconciliation()
    for _ in range(3):
        sign_in(make_user())
    User.objects.update(credentials_version=2, updated_at=timezone.now())
    assert [worker.reconcile_changed() for _ in range(4)] == [1, 1, 1, 0]


def test_a_turn_of_the_walk_ends_and_the_next_goes_on(
    make_user: MakeUser, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "TURN_SECONDS", 0)
    for _ in range(3):
        sign_in(make_user())
    change_undated(credentials_version=2)
    worker = SessionReconciliation()
    assert [worker.reconcile_sessions() for _ in range(4)] == [1, 1, 1, 0]


def test_a_page_is_dealt_with_before_the_next(
    make_user: MakeUser, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "TURN_SECONDS", 0)
    monkeypatch.setattr(rounds, "PAGE", 2)
    users = sorted((make_user() for _ in range(4)), key=lambda user: user.pk)
    for user in users:
        sign_in(user)
    change_undated(credentials_version=2)
    worker = SessionReconciliation()
    for _ in range(2):
        worker.reconcile_sessions()
    assert set(Session.objects.open().values_list("user_id", flat=True)) == {user.pk for user in users[2:]}


def test_the_first_walk_takes_whole_turns_and_every_later_one_little(
    make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[object] = []
    monkeypatch.setattr(rounds, "PAGE", 1)
    monkeypatch.setattr(session_reconciliation, "WALK_SECONDS", 0)
    find_next = Walk.find_next

    def count(walk: Walk) -> tuple[UUID, UUID] | None:
        pages.append(found := find_next(walk))
        return found

    monkeypatch.setattr(Walk, "find_next", count)
    for _ in range(3):
        make_user()
    worker = SessionReconciliation()
    worker.reconcile_sessions()
    assert len(pages) == 4
    worker.reconcile_sessions()
    assert len(pages) == 5


def test_a_page_that_fails_keeps_no_other_from_being_looked_at(
    make_user: MakeUser, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "PAGE", 1)
    users = sorted((make_user() for _ in range(3)), key=lambda user: user.pk)
    for user in users:
        sign_in(user)
    change_undated(credentials_version=2)
    end_stray = session_reconciliation._end_stray

    def fail_at_the_first(found: Any, turn: Any) -> Any:
        if found.filter(pk=users[0].pk).exists():
            raise OperationalError("canceling statement due to statement timeout")
        return end_stray(found, turn)

    monkeypatch.setattr(session_reconciliation, "_end_stray", fail_at_the_first)
    worker = SessionReconciliation()
    with pytest.raises(OperationalError):
        worker.reconcile_sessions()
    assert worker.reconcile_sessions() == 2
    assert Session.objects.open().get().user == users[0]


def test_looking_back_has_an_end_however_often_it_fails(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is older than that is found by the walk."""
    worker = SessionReconciliation()
    monkeypatch.setattr(worker, "_looked_at", timezone.now() - timedelta(days=2))
    change_undated(credentials_version=2)
    assert worker.reconcile_changed() == 0
    assert worker.reconcile_sessions() == 1
