"""One transaction per use case, tried once more when the database itself asks for that."""

from collections.abc import Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from django.db import OperationalError, transaction

RETRIED_SQLSTATES: Final = {"40001", "40P01"}  # serialization_failure, deadlock_detected

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
            return attempt(*args, **kwargs)

    return run
