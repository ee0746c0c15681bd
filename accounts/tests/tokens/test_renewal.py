"""Standing in memory is renewed many at once: nothing is believed for longer than if each were read by itself, and no
request pays for it with more than a moment.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import OperationalError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import clock
from accounts.errors import AccountSuspended, Refusal, SessionRevoked
from accounts.models import NoticeType, Session, User
from accounts.models.sessions import KeptSession
from accounts.notices import log, tail
from accounts.notices.tail import MEMORY_SECONDS
from accounts.tests.support.factories import MakeUser, SignIn
from accounts.tokens import renewal, standing
from accounts.tokens.renewal import (
    GO_ON_AFTER_SECONDS,
    IN_USE_SECONDS,
    LOOK_EVERY_SECONDS,
    PAUSE_AFTER_FAILURE_SECONDS,
    RENEWED_AFTER_SECONDS,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stopped")]

Later = Callable[[float], None]
Reread = Callable[[Sequence[KeptSession], BaseDatabaseWrapper], Sequence[float]]


class Rereads:
    """What is asked of the database in bulk: how many sessions each time. `meanwhile` happens after the answer."""

    def __init__(self, reread: Reread) -> None:
        self._reread = reread
        self.counts: list[int] = []
        self.meanwhile: Callable[[], object] = lambda: None

    def __call__(self, found: Sequence[KeptSession], over: BaseDatabaseWrapper) -> Sequence[float]:
        self.counts.append(len(found))
        answer = self._reread(found, over)
        self.meanwhile()
        return answer


@pytest.fixture
def rereads(monkeypatch: pytest.MonkeyPatch) -> Rereads:
    rereads = Rereads(Session.objects.reread)
    monkeypatch.setattr(standing.sessions._renewal, "_reread", rereads)
    return rereads


@pytest.fixture
def others(make_user: MakeUser, sign_in: SignIn, session: Session) -> list[Session]:
    """Of three other people."""
    for _ in range(3):
        sign_in(make_user())
    return list(Session.objects.exclude(pk=session.pk).order_by("created_at"))


def recall(session: Session) -> Session:
    return standing.recall_session(user_id=session.user_id, session_id=session.pk)


def look(session: Session) -> KeptSession | None:
    return standing.kept_session(user_id=session.user_id, session_id=session.pk)


def is_remembered(session: Session) -> bool:
    with CaptureQueriesContext(connection) as captured:
        recall(session)
    return not captured.captured_queries


def test_what_is_in_use_is_renewed_before_it_ages_all_in_one_read(
    session: Session, others: list[Session], rereads: Rereads, later: Later
) -> None:
    for each in (session, *others):
        recall(each)
    later(RENEWED_AFTER_SECONDS)
    recall(session)
    later(MEMORY_SECONDS - 0.1)
    assert all(look(each) for each in others)
    assert rereads.counts[0] == 4


def test_a_token_in_use_is_read_by_itself_once(session: Session, later: Later) -> None:
    recall(session)
    for _ in range(40):
        later(0.5)
        assert is_remembered(session)


CHANGES = [
    (lambda session: User.objects.filter(pk=session.user_id).update(is_active=False), AccountSuspended),
    (lambda session: User.objects.update(expires_at=F("date_joined")), AccountSuspended),
    (lambda session: User.objects.update(credentials_version=F("credentials_version") + 1), SessionRevoked),
    (lambda session: User.objects.update(deletion_requested_at=timezone.now()), SessionRevoked),
    (lambda session: Session.objects.update(revoked_at=timezone.now()), SessionRevoked),
    (lambda session: Session.objects.update(expires_at=timezone.now() - timedelta(seconds=1)), SessionRevoked),
    (lambda session: Session.objects.all().delete(), SessionRevoked),
]


@pytest.mark.parametrize(("change", "refusal"), CHANGES)
@pytest.mark.parametrize("changed_after", [0.25, 2.75, 3.25])
def test_a_change_behind_the_back_is_felt_as_soon_as_without_renewal(
    session: Session, later: Later, change: Callable[[Session], object], refusal: type[Refusal], changed_after: float
) -> None:
    """The last yes is within MEMORY_SECONDS, whenever the change falls between two renewals."""
    for _ in range(round(changed_after / 0.25)):
        recall(session)
        later(0.25)
    recall(session)
    change(session)
    changed_at = clock.now()
    assert last_yes(session, later, refusal) <= changed_at + MEMORY_SECONDS


def last_yes(session: Session, later: Later, refusal: type[Refusal]) -> float:
    """When it was; asks four times a second until it is refused."""
    said_at = clock.now()
    for _ in range(round(2 * MEMORY_SECONDS / 0.25)):
        try:
            recall(session)
        except refusal:
            return said_at
        said_at = clock.now()
        later(0.25)
    raise AssertionError("never refused")


def test_the_same_object_is_kept_while_the_database_says_the_same(
    session: Session, rereads: Rereads, later: Later
) -> None:
    recall(session)
    kept = look(session)
    for _ in range(10):
        later(1.0)
        assert look(session) is kept
    assert len(rereads.counts) >= 3


@pytest.mark.parametrize("changed", ["the user", "the session", "the user's groups"])
def test_whatever_has_changed_is_another_object(session: Session, later: Later, changed: str) -> None:
    recall(session)
    kept = look(session)
    if changed == "the user":
        User.objects.update(first_name="Grace")
    elif changed == "the session":
        Session.objects.update(user_agent="another")
    else:
        session.user.groups.add(Group.objects.create(name="editors"))
    later(RENEWED_AFTER_SECONDS)
    assert look(session) is None
    assert recall(session)
    assert look(session) is not kept
    known = look(session)
    assert known is not None
    now = known.session()
    assert (now.user.first_name, now.user_agent, now.user.group_names) != (
        session.user.first_name,
        session.user_agent,
        session.user.group_names,
    )


def test_a_renewal_that_a_notice_overtakes_is_worthless(session: Session, rereads: Rereads, later: Later) -> None:
    def suspend() -> None:
        with transaction.atomic():
            User.objects.update(is_active=False)
            log.append(NoticeType.USER_SUSPENDED, session.user_id)

    recall(session)
    later(RENEWED_AFTER_SECONDS)
    rereads.meanwhile = suspend
    with pytest.raises(AccountSuspended):
        recall(session)
    assert rereads.counts == [1]


def test_age_counts_from_before_the_database_was_asked(session: Session, rereads: Rereads, later: Later) -> None:
    def change_and_wait() -> None:
        User.objects.update(is_active=False)
        later(2.0)

    recall(session)
    later(RENEWED_AFTER_SECONDS)
    rereads.meanwhile = change_and_wait
    assert recall(session)
    rereads.meanwhile = lambda: None
    for _ in range(2):  # or else so long without the log that all is forgotten
        later((MEMORY_SECONDS - 2.0) / 2)
        assert tail.tail.keeps_up()
    with pytest.raises(AccountSuspended):
        recall(session)


def test_what_was_read_anew_meanwhile_stays(session: Session, rereads: Rereads, later: Later) -> None:
    def read_anew() -> None:
        User.objects.update(first_name="Grace")
        store = standing.sessions._store
        store.keep(
            session.pk, new(), owner=session.user_id, mark=tail.tail.mark(), began_at=clock.now(), seconds_left=60
        )

    def new() -> KeptSession:
        return KeptSession(standing.read_session(user_id=session.user_id, session_id=session.pk))

    recall(session)
    later(RENEWED_AFTER_SECONDS)
    rereads.meanwhile = read_anew
    assert recall(session).user.first_name == "Grace"


def test_what_was_forgotten_meanwhile_stays_forgotten(session: Session, rereads: Rereads, later: Later) -> None:
    recall(session)
    later(RENEWED_AFTER_SECONDS)
    rereads.meanwhile = standing.forget
    assert look(session) is None


@pytest.mark.parametrize("ends", [Session, User])
def test_a_session_is_not_renewed_beyond_its_end(
    session: Session, rereads: Rereads, later: Later, ends: type[Session] | type[User]
) -> None:
    ends.objects.update(expires_at=timezone.now() + timedelta(seconds=4))
    recall(session)
    later(RENEWED_AFTER_SECONDS)
    assert is_remembered(session)
    assert rereads.counts == [1]
    entry = standing.sessions._store.find(session.pk)
    assert entry is not None
    assert 3 < entry.good_until - entry.began_at <= 4  # by the database's clock, which nobody has moved


def test_what_nobody_uses_any_more_is_dropped(
    session: Session, others: list[Session], rereads: Rereads, later: Later
) -> None:
    for each in (session, *others):
        recall(each)
    for _ in range(round(IN_USE_SECONDS)):
        later(1.0)
        recall(session)
    later(RENEWED_AFTER_SECONDS)
    recall(session)
    assert set(standing.sessions._store._entries) == {session.pk}
    assert rereads.counts[0] == 4
    assert rereads.counts[-1] == 1


def test_one_request_renews_so_many_at_most_and_another_soon_goes_on(
    session: Session, others: list[Session], rereads: Rereads, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "AT_ONCE", 3)
    for each in (session, *others):
        recall(each)
    later(RENEWED_AFTER_SECONDS)
    look(session)
    assert rereads.counts == [3]
    later(GO_ON_AFTER_SECONDS)
    look(session)
    assert rereads.counts == [3, 1]
    later(LOOK_EVERY_SECONDS - 0.1)
    look(session)
    assert rereads.counts == [3, 1]


def test_what_is_due_soon_after_waits_for_more(
    session: Session, others: list[Session], rereads: Rereads, later: Later
) -> None:
    recall(session)
    later(LOOK_EVERY_SECONDS / 2)
    recall(others[0])
    later(RENEWED_AFTER_SECONDS - LOOK_EVERY_SECONDS / 2)
    for due in ([1], [1], [1, 1]):
        look(session)
        assert rereads.counts == due
        later(LOOK_EVERY_SECONDS / 2 + 0.01)


def test_who_finds_it_due_and_comes_second_does_nothing(
    session: Session, others: list[Session], rereads: Rereads, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "AT_ONCE", 1)
    for each in (session, others[0]):
        recall(each)
    later(RENEWED_AFTER_SECONDS)
    assert tail.tail.keeps_up()
    for _ in range(2):
        tail.tail.beside(standing.sessions._renewal._renew_oldest)  # type: ignore[union-attr]
    assert rereads.counts == [1]


def test_nobody_waits_for_a_renewal_under_way(session: Session, rereads: Rereads, later: Later) -> None:
    recall(session)
    for _ in range(2):
        later(RENEWED_AFTER_SECONDS / 2)
        assert tail.tail.keeps_up()
    with tail.tail._reading:
        assert is_remembered(session)
    assert rereads.counts == []


def test_a_database_that_fails_fails_no_request_and_is_left_alone(
    session: Session, rereads: Rereads, later: Later
) -> None:
    """What can't be renewed ages, and the log is read first: nobody waits twice for a database that hangs."""

    def fail() -> None:
        raise OperationalError

    recall(session)
    later(RENEWED_AFTER_SECONDS)
    rereads.meanwhile = fail
    assert is_remembered(session)
    assert rereads.counts == [1]
    assert not tail.tail._is_well
    later(MEMORY_SECONDS - RENEWED_AFTER_SECONDS)
    assert look(session) is None
    recall(session)
    assert rereads.counts == [1]
    rereads.meanwhile = lambda: None
    later(PAUSE_AFTER_FAILURE_SECONDS - (MEMORY_SECONDS - RENEWED_AFTER_SECONDS))
    assert is_remembered(session)
    assert rereads.counts == [1, 1]


def test_who_does_not_keep_up_renews_nothing(
    session: Session, rereads: Rereads, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    recall(session)
    later(RENEWED_AFTER_SECONDS)
    monkeypatch.setattr(tail.tail, "keeps_up", lambda: False)
    recall(session)
    assert rereads.counts == []


def test_within_a_transaction_nothing_is_renewed(session: Session, rereads: Rereads, later: Later) -> None:
    recall(session)
    later(RENEWED_AFTER_SECONDS)
    with transaction.atomic():
        recall(session)
    assert rereads.counts == []
