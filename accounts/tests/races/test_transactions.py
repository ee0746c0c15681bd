"""What PostgreSQL itself asks to be tried again is tried again, once, as a whole."""

import threading
from collections.abc import Callable

import pytest
from django.db import OperationalError, connection, transaction
from psycopg import errors

from accounts.models import User
from accounts.services.transactions import transactional
from accounts.tests.support.factories import MakeUser
from accounts.tests.support.together import outcomes_together, together

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def count_change(user: User) -> None:
    User.objects.filter(pk=user.pk).record_change()


def version_of(user: User) -> int:
    return User.objects.only("version").get(pk=user.pk).version


def test_of_two_transactions_in_a_deadlock_both_succeed(make_user: MakeUser) -> None:
    users, both_hold_one = [make_user(), make_user()], threading.Barrier(2)
    tries: list[int] = []

    @transactional
    def cross(index: int) -> None:
        tries.append(index)
        count_change(users[index])
        if tries.count(index) == 1:
            both_hold_one.wait(10)
        count_change(users[1 - index])

    together(cross, threads=2)
    assert [version_of(user) for user in users] == [3, 3]
    assert sorted(tries) in ([0, 0, 1], [0, 1, 1])


def see_one_snapshot() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def overtaken(user: User, tries: list[int], *, times: int) -> Callable[[], int]:
    """A transaction that another one overtakes, in so many of its tries, between its first look and its write."""

    @transactional
    def read_and_write() -> int:
        tries.append(len(tries))
        if not connection.savepoint_ids:  # a savepoint has the isolation of the whole
            see_one_snapshot()
        seen = version_of(user)
        if len(tries) <= times:
            together(lambda _: count_change(user), threads=1)
        count_change(user)
        return seen

    return read_and_write


def test_a_serialisation_failure_is_tried_again_on_what_is_there_now(make_user: MakeUser) -> None:
    user, tries = make_user(), list[int]()
    assert overtaken(user, tries, times=1)() == 2
    assert (len(tries), version_of(user)) == (2, 3)


def test_a_second_failure_is_the_callers(make_user: MakeUser) -> None:
    user, tries = make_user(), list[int]()
    with pytest.raises(OperationalError) as failure:
        overtaken(user, tries, times=5)()
    assert isinstance(failure.value.__cause__, errors.SerializationFailure)
    assert (len(tries), version_of(user)) == (2, 3)


def test_a_failure_within_another_transaction_is_tried_again_from_its_beginning(make_user: MakeUser) -> None:
    user, tries, outer = make_user(), list[int](), list[int]()

    @transactional
    def whole() -> int:
        outer.append(1)
        see_one_snapshot()
        return overtaken(user, tries, times=1)()

    assert whole() == 2
    assert (len(outer), len(tries), version_of(user)) == (2, 2, 3)


def test_what_was_to_happen_after_the_commit_happens_once(make_user: MakeUser) -> None:
    user, tries, told = make_user(), list[int](), list[str]()
    once_overtaken = overtaken(user, tries, times=1)

    @transactional
    def tell_and_write() -> None:
        see_one_snapshot()
        transaction.on_commit(lambda: told.append("committed"))
        once_overtaken()

    tell_and_write()
    assert (len(tries), told) == (2, ["committed"])


def test_no_other_failure_is_tried_again(make_user: MakeUser) -> None:
    """A lock that is not had in time: a second wait would double the first."""
    user, held, done = make_user(), threading.Event(), threading.Event()
    tries: list[int] = []

    @transactional
    def impatient() -> None:
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '50ms'")
        count_change(user)

    def act(index: int) -> None:
        if index:
            held.wait(10)
            try:
                impatient()
            finally:
                done.set()
        else:
            with transaction.atomic():
                count_change(user)
                held.set()
                done.wait(10)

    _, refused = outcomes_together(act, threads=2)
    assert isinstance(refused, OperationalError)
    assert isinstance(refused.__cause__, errors.LockNotAvailable)
    assert len(tries) == 1
