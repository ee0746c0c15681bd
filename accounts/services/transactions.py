"""One transaction per use case, tried once more when the database itself asks for that."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from django.db import OperationalError, transaction

RETRIED_SQLSTATES: Final = {"40001", "40P01"}  # serialization_failure, deadlock_detected

PAUSE_SECONDS: Final = 0.05
"""Whoever won has been woken to take the row that was given back. Coming at once, one may have it before them, and
stand in the way of both a second time.
"""

P = ParamSpec("P")
T = TypeVar("T")


def transactional(function: Callable[P, T]) -> Callable[P, T]:
    """Run in one transaction. What must leave a mark is returned from within, never raised: raising undoes it."""

    @wraps(function)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> T:
        with transaction.atomic():
            return function(*args, **kwargs)

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return attempt(*args, **kwargs)
        except OperationalError as exc:
            is_nested = transaction.get_connection().in_atomic_block
            if is_nested or getattr(exc.__cause__, "sqlstate", None) not in RETRIED_SQLSTATES:
                raise
            time.sleep(PAUSE_SECONDS)
            return attempt(*args, **kwargs)

    return run
