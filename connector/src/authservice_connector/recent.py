"""Local users whom this process has just read, so that a caller's next request costs no query."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connections, models, transaction
from django.db.models.fields.files import FieldFile
from django.db.models.signals import post_delete, post_save

from authservice_connector import clock
from authservice_connector.claims import VerifiedClaims
from authservice_connector.models import RemoteUser

__all__ = ["RecentUsers"]

MAX_REMEMBERED: Final = 10_000
SHARED: Final = (str, int, float, bytes, Decimal, date, time, timedelta, UUID, type(None))
"""What nobody can change for another caller; `bool` is an `int`, and `datetime` a `date`."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Read:
    """A row, as it was read; `version` is that of the auth service's details in it."""

    user_type: Any
    database: str
    names: list[str]
    values: list[Any]
    pk: Any
    version: int
    until: float


class RecentUsers:
    """Thread-safe. What is saved in this process is forgotten at once, what is changed elsewhere after `seconds`, and
    what `QuerySet.update` changes too: it says so to nobody.

    Within a transaction the database is asked, and nothing of it is remembered: it may be undone.
    """

    def __init__(self, *, seconds: float) -> None:
        self._seconds, self.changes = seconds, 0
        self._lock = threading.Lock()
        self._by_key: dict[Key, _Read] = {}
        self._key_by_pk: dict[Any, Key] = {}
        for signal in (post_save, post_delete):
            for model in _same_row(get_user_model()):
                signal.connect(self._forget_user, sender=model)
            for model in _same_row(RemoteUser):
                signal.connect(self._forget_remote, sender=model)

    def find(self, claims: VerifiedClaims) -> Any | None:
        """A user of the caller's own, as the ORM would make it of that row; None where the database has to be asked."""
        read = self._by_key.get((claims.issuer, claims.subject))
        if read is None or clock.now() >= read.until or connections[read.database].in_atomic_block:
            return None
        told = claims.told_user
        if isinstance(told, Mapping) and told.get("version") != read.version:
            return None
        return read.user_type.from_db(read.database, read.names, read.values)

    def remember(self, remote: RemoteUser, *, read_at: float, seen: int) -> None:
        """Unless there is something in the row that two callers could not share, or something was saved since: `seen`
        is what `changes` was before the row was read.
        """
        user: Any = remote.user
        names = [field.attname for field in user._meta.concrete_fields]  # noqa: SLF001 - Django's own name for it
        values, database = [_plain(getattr(user, name)) for name in names], user._state.db  # noqa: SLF001
        if connections[database].in_atomic_block:
            return
        if not all(isinstance(value, SHARED) for value in values):
            return
        read = _Read(type(user), database, names, values, user.pk, remote.version, read_at + self._seconds)
        with self._lock:
            if self.changes != seen:
                return
            while len(self._by_key) >= MAX_REMEMBERED:
                self._drop(next(iter(self._by_key)))
            key = remote.issuer, remote.subject
            self._drop(key)
            self._by_key[key], self._key_by_pk[user.pk] = read, key

    def _forget_user(self, *, instance: Any, using: str, **_: object) -> None:
        key = get_user_model()._meta.pk  # noqa: SLF001 - Django's own name for it
        pk = getattr(instance, key.attname, instance.pk)  # which a deletion takes away
        self._forget(lambda: self._key_by_pk.get(pk), using)

    def _forget_remote(self, *, instance: RemoteUser, using: str, **_: object) -> None:
        key = instance.issuer, instance.subject
        self._forget(lambda: key, using)

    def _forget(self, find: Callable[[], Key | None], using: str) -> None:
        """Now, and behind the commit: until then others read what was before."""
        self._forget_now(find)
        transaction.on_commit(partial(self._forget_now, find), using=using)

    def _forget_now(self, find: Callable[[], Key | None]) -> None:
        with self._lock:
            self.changes += 1
            if (key := find()) is not None:
                self._drop(key)

    def _drop(self, key: Key) -> None:
        if (read := self._by_key.pop(key, None)) is not None:
            self._key_by_pk.pop(read.pk, None)


def _same_row(model: type[models.Model]) -> Iterator[type[models.Model]]:
    """It, its proxies, and what it is inherited by or inherits from with tables of their own: a row is saved as any."""
    for each in apps.get_models():
        if issubclass(each, model) or issubclass(model, each):
            yield each


def _plain(value: object) -> object:
    """A file by its name, of which the ORM makes one for each caller."""
    return value.name if isinstance(value, FieldFile) else value
