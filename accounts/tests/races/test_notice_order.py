"""Commit order is the log's order: whoever follows the log misses nothing, and nothing waits behind the number."""

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from psycopg import errors

from accounts.models import KnownNetwork, Notice, NoticeType, User
from accounts.notices import log
from accounts.tests.races import tinkering
from accounts.tests.races.following import ByCursor, ByReader, Follower
from accounts.tests.support.factories import make_user
from accounts.tests.support.together import outcomes_together

pytestmark = [pytest.mark.postgresql, pytest.mark.usefixtures("own_database")]

SLOW = NoticeType.KEYS_CHANGED
FOLLOWERS: list[Callable[[], Follower]] = [ByCursor, ByReader]


def append(notice_type: NoticeType = NoticeType.USER_UPDATED) -> None:
    with transaction.atomic():
        log.append(notice_type, uuid4())


def wait_until_somebody_commits() -> None:
    """One transaction has its number, and sleeps in its commit."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
            if cursor.fetchone():
                return
            cursor.execute("SELECT pg_sleep(0.01)")
    raise AssertionError("nobody sleeps")


def overtake(follower: Follower) -> list[Exception | None]:
    """Two transactions: the first begins to commit, and is still at it when the second wants to. Read in between."""
    tinkering.slow_commit(0.5, notice_type=SLOW)

    def act(index: int) -> None:
        if index == 0:
            append(SLOW)
            return
        wait_until_somebody_commits()
        try:
            append()
        finally:
            follower.look()

    outcomes = outcomes_together(act, threads=2)
    follower.look()
    follower.close()
    return outcomes


def committed() -> list[tuple[int, object]]:
    return [(seq or 0, pk) for seq, pk in Notice.objects.order_by("seq").values_list("seq", "pk")]


@pytest.mark.parametrize("follow", FOLLOWERS)
def test_a_transaction_that_would_overtake_another_in_its_commit_waits(follow: Callable[[], Follower]) -> None:
    follower = follow()
    assert overtake(follower) == [None, None]
    assert follower.met == committed()
    assert [seq for seq, _ in follower.met] == [1, 2]
    assert Notice.objects.get(seq=1).type == SLOW


@pytest.mark.parametrize("follow", FOLLOWERS)
def test_the_trial_shows_a_miss_where_nothing_is_locked(follow: Callable[[], Follower]) -> None:
    """So it would show one of ours."""
    tinkering.by_a_sequence_without_the_lock()
    follower = follow()
    if follow is ByCursor:
        append()  # from before the first one a removal is seen, and this would look like one
        follower.look()
    assert overtake(follower) == [None, None]
    assert len(committed()) == len(follower.met) + 1


@pytest.mark.parametrize("follow", FOLLOWERS)
def test_the_same_with_the_lock_misses_nothing(follow: Callable[[], Follower]) -> None:
    tinkering.by_a_sequence_with_the_lock()
    follower = follow()
    assert overtake(follower) == [None, None]
    assert follower.met == committed()
    assert len(follower.met) == 2


def test_with_the_lock_taken_out_one_of_two_commits_breaks() -> None:
    """Ours numbers from the last one's; without the lock the unique number is all that is left between two."""
    tinkering.without_the_lock()
    first, second = overtake(ByReader())
    assert (first, type(second)) == (None, IntegrityError)


@pytest.mark.parametrize("follow", FOLLOWERS)
def test_a_transaction_that_appended_first_and_commits_last_is_met_last(follow: Callable[[], Follower]) -> None:
    follower, appended, overtaken = follow(), threading.Event(), threading.Event()

    def act(index: int) -> None:
        if index == 0:
            with transaction.atomic():
                log.append(SLOW, uuid4())
                appended.set()
                assert overtaken.wait(10)
            return
        assert appended.wait(10)
        append()
        follower.look()
        overtaken.set()

    assert outcomes_together(act, threads=2) == [None, None]
    follower.look()
    follower.close()
    assert follower.met == committed()
    assert Notice.objects.get(seq=2).type == SLOW


def cross_at_a_user_row() -> list[Exception | None]:
    """One appends and then refers to a user, as the admin does; another holds that user's row and appends too."""
    user, held, referred = make_user(), threading.Event(), threading.Event()

    def act(index: int) -> None:
        if index == 0:
            assert held.wait(10)
            with transaction.atomic():
                log.append(NoticeType.USER_UPDATED, user.pk)
                KnownNetwork.objects.create(user=user, network_hash="here", last_seen_at=timezone.now())
                threading.Timer(0.3, referred.set).start()
            return
        with transaction.atomic():
            User.objects.select_for_update().get(pk=user.pk)
            held.set()
            assert referred.wait(10)  # the other is in its commit: its foreign key waits for the row that is held here
            log.append(NoticeType.USER_UPDATED, user.pk)

    return outcomes_together(act, threads=2)


def test_the_lock_is_the_last_that_a_transaction_takes() -> None:
    assert cross_at_a_user_row() == [None, None]
    assert [seq for seq, _ in committed()] == [1, 2]


def test_taken_where_the_notice_is_inserted_it_deadlocks_with_foreign_keys() -> None:
    """So the trial above would show that."""
    tinkering.in_one_stage()
    failures = [outcome for outcome in cross_at_a_user_row() if outcome is not None]
    assert [type(failure.__cause__) for failure in failures] == [errors.DeadlockDetected]
    assert isinstance(failures[0], OperationalError)


def test_notices_that_are_numbered_before_the_commit_keep_the_order() -> None:
    """`SET CONSTRAINTS ALL IMMEDIATE`, as Django's own `check_constraints` says it."""
    follower, numbered = ByCursor(), threading.Event()

    def act(index: int) -> None:
        if index == 0:
            with transaction.atomic():
                log.append(SLOW, uuid4())
                connection.check_constraints()
                log.append(SLOW, uuid4())
                numbered.set()
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(0.3)")
            return
        assert numbered.wait(10)
        append()
        follower.look()

    assert outcomes_together(act, threads=2) == [None, None]
    follower.look()
    assert follower.met == committed()
    assert list(Notice.objects.order_by("seq").values_list("seq", "type")) == [
        (1, SLOW),
        (2, SLOW),
        (3, NoticeType.USER_UPDATED),
    ]


@pytest.mark.parametrize("isolation", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_transaction_of_a_higher_isolation_is_numbered_or_refused_as_a_whole(isolation: str) -> None:
    """If somebody appends after its first look, it does not see the last number; none is given twice."""

    def isolated(meanwhile: Callable[[], object]) -> None:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
            Notice.objects.count()
            outcomes_together(lambda _: meanwhile(), threads=1)
            log.append(SLOW, uuid4())

    isolated(lambda: None)
    with pytest.raises(IntegrityError, match="seq"):
        isolated(append)
    append()
    assert [seq for seq, _ in committed()] == [1, 2, 3]
    assert Notice.objects.filter(type=SLOW).count() == 1
