"""Standing in memory: nothing is asked while nothing is heard, and nothing is believed that was overtaken."""

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.errors import AccountSuspended, SessionRevoked
from accounts.models import Notice, NoticeType, RevocationReason, Session, User
from accounts.models.sessions import SessionQuerySet
from accounts.notices import log
from accounts.notices.tail import MEMORY_SECONDS, READ_EVERY_SECONDS, tail
from accounts.principals import Origin, System
from accounts.services import revocation
from accounts.tests.support.factories import MakeUser, SignIn
from accounts.tokens import remembered, standing
from accounts.tokens.renewal import Renewal

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _unrenewed(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is renewed does not age; here it shall."""
    monkeypatch.setattr(Renewal, "go_on", lambda renewal: None)


def recall(session: Session) -> Session:
    return standing.recall_session(user_id=session.user_id, session_id=session.pk)


def suspend(session: Session) -> None:
    with transaction.atomic():
        User.objects.filter(pk=session.user_id).update(is_active=False)
        log.append(NoticeType.USER_SUSPENDED, session.user_id)


def test_what_is_known_is_not_asked_again(session: Session, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    assert recall(session).user.email
    with django_assert_num_queries(0):
        known = recall(session)
    assert (known.pk, known.user.email) == (session.pk, session.user.email)


def test_whoever_asks_gets_a_copy_of_their_own(session: Session) -> None:
    email = recall(session).user.email
    for _ in range(2):
        mine = recall(session)
        assert (mine.user.email, mine.user.is_active, mine.amr) == (email, True, ["pwd"])
        mine.user.email, mine.user.is_active, mine.amr = "changed@example.com", False, []
        assert mine.user._assigned == {"is_active"}


def test_another_persons_id_does_not_find_the_session(session: Session) -> None:
    recall(session)
    with pytest.raises(SessionRevoked):
        standing.recall_session(user_id=uuid4(), session_id=session.pk)


def test_a_change_here_holds_at_once(session: Session) -> None:
    recall(session)
    suspend(session)
    with pytest.raises(AccountSuspended):
        recall(session)


def test_a_change_elsewhere_holds_once_its_notice_is_read(session: Session, later: Callable[[float], None]) -> None:
    recall(session)
    with transaction.atomic():  # as another process does it: nobody tells this one
        User.objects.filter(pk=session.user_id).update(is_active=False)
        Notice.objects.create(type=NoticeType.USER_SUSPENDED, subject=str(session.user_id))
    assert recall(session)
    later(READ_EVERY_SECONDS)
    with pytest.raises(AccountSuspended):
        recall(session)


def test_memory_does_not_outlive_its_seconds(session: Session, later: Callable[[float], None]) -> None:
    """What is changed behind the services' back leaves no notice."""
    recall(session)
    User.objects.filter(pk=session.user_id).update(is_active=False)
    for _ in range(4):
        later(MEMORY_SECONDS / 5)
        assert recall(session)
    later(MEMORY_SECONDS / 5)
    with pytest.raises(AccountSuspended):
        recall(session)


def test_a_session_is_not_remembered_beyond_its_end(session: Session, later: Callable[[float], None]) -> None:
    Session.objects.update(expires_at=timezone.now() + timedelta(seconds=4))
    recall(session)
    later(2.0)
    with CaptureQueriesContext(connection) as captured:
        recall(session)
    assert not captured.captured_queries
    Session.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    later(2.1)
    with pytest.raises(SessionRevoked):
        recall(session)


def test_within_a_transaction_the_database_is_asked(session: Session) -> None:
    recall(session)
    with transaction.atomic():
        User.objects.filter(pk=session.user_id).update(is_active=False)
        with pytest.raises(AccountSuspended):
            recall(session)
        transaction.set_rollback(True)
    assert recall(session)


def test_a_read_that_a_notice_overtakes_is_worthless(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer “active” is late; the suspension and its notice are through before it is kept."""
    find = SessionQuerySet.find_whole
    asked, suspended = threading.Event(), threading.Event()

    def late(rows: SessionQuerySet, session_id: UUID, user_id: UUID) -> Session | None:
        answer = find(rows, session_id, user_id)
        asked.set()
        assert suspended.wait(10)
        return answer

    def verify() -> None:
        assert recall(session).user.is_active
        connection.close()

    monkeypatch.setattr(SessionQuerySet, "find_whole", late)
    verifier = threading.Thread(target=verify)
    verifier.start()
    assert asked.wait(10)
    suspend(session)
    suspended.set()
    verifier.join()
    monkeypatch.undo()
    with pytest.raises(AccountSuspended):
        recall(session)


def test_a_process_that_does_not_keep_up_asks_the_database(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    recall(session)
    User.objects.filter(pk=session.user_id).update(is_active=False)
    monkeypatch.setattr(tail, "keeps_up", lambda: False)
    with pytest.raises(AccountSuspended):
        recall(session)


def test_age_is_looked_at_last(
    session: Session, later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is dropped when all that it refuses has aged: who still found no name may be too late to rely on age."""
    recall(session)
    User.objects.filter(pk=session.user_id).update(is_active=False)

    def without_a_name(mark: int, subject: str) -> bool:
        later(MEMORY_SECONDS)
        return True

    monkeypatch.setattr(tail, "still_holds", without_a_name)
    with pytest.raises(AccountSuspended):
        recall(session)


def test_memory_is_bounded(make_user: MakeUser, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MAX_REMEMBERED", 2)
    for _ in range(3):
        sign_in(make_user())
    sessions = list(Session.objects.order_by("created_at"))
    for session in sessions:
        recall(session)
    assert set(standing.sessions._store._entries) == {session.pk for session in sessions[1:]}


def test_the_end_of_one_session_leaves_the_others_standing(user: User, session: Session, sign_in: SignIn) -> None:
    sign_in(user)
    other = Session.objects.exclude(pk=session.pk).get()
    for one in (session, other):
        recall(one)
    revocation.revoke_one(user.pk, session.pk, RevocationReason.LOGOUT, actor=System("test"), origin=Origin())
    with pytest.raises(SessionRevoked):
        recall(session)
    assert recall(other)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_child_begins_with_nothing_in_mind(session: Session) -> None:
    recall(session)
    child = os.fork()
    if child == 0:
        os._exit(0 if not standing.sessions._store._entries and tail._position.notice_id is None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert standing.sessions._store._entries
