"""A deadlock or a serialisation failure is tried once more; nothing else is."""

from collections.abc import Callable

import psycopg
import pytest
from django.db import OperationalError, transaction

from accounts.models import User
from accounts.services.transactions import transactional

Flaky = Callable[[], int]


def failing(times: int, cause: Exception | None) -> tuple[Flaky, list[int]]:
    """A transaction that fails so often, and the list of its attempts."""
    attempts: list[int] = []

    @transactional
    def run() -> int:
        attempts.append(len(attempts))
        if len(attempts) <= times:
            raise OperationalError from cause
        return len(attempts)

    return run, attempts


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cause", [psycopg.errors.DeadlockDetected(), psycopg.errors.SerializationFailure()])
def test_it_is_tried_once_more(cause: Exception) -> None:
    run, _ = failing(1, cause)
    assert run() == 2
    run, attempts = failing(2, cause)
    with pytest.raises(OperationalError):
        run()
    assert len(attempts) == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cause", [None, psycopg.errors.LockNotAvailable()])
def test_other_failures_are_not_tried_again(cause: Exception | None) -> None:
    run, attempts = failing(1, cause)
    with pytest.raises(OperationalError):
        run()
    assert len(attempts) == 1


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_the_outer_one_decides() -> None:
    run, attempts = failing(1, psycopg.errors.DeadlockDetected())
    with pytest.raises(OperationalError), transaction.atomic():
        run()
    assert len(attempts) == 1


@pytest.mark.django_db(transaction=True)
def test_what_raises_leaves_no_mark() -> None:
    @transactional
    def create() -> None:
        User.objects.create(email="ada@example.com")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        create()
    assert not User.objects.exists()
