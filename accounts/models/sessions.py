"""A session: one row per sign-in, constant in size however often it is refreshed."""

import secrets
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID, uuid4

from django.db import connection, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Now

from accounts.models.moments import Moment
from accounts.models.prepared import PreparedRead
from accounts.models.prepared_update import Place, PreparedUpdate
from accounts.models.rereading import Among, Rereading, as_parameter
from accounts.models.users import User, group_names_of
from accounts.principals import USER_AGENT_MAX_LENGTH

SECRET_BYTES: Final = 16
MAX_OPEN_PER_USER: Final = 100
MOVED: Final = ("generation", "rotated_at", "expires_at")
"""What a refresh changes."""
UNHELD: Final = "SELECT id FROM accounts_session WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED"
"""A session's row, unless somebody is just changing it."""


class RevocationReason(StrEnum):
    LOGOUT = "logout"
    OTHER_DEVICE = "other_device"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - a reason, not a password
    STATE_LOST = "state_lost"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    SUSPENDED = "suspended"
    DELETED = "deleted"
    CREDENTIALS_CHANGED = "credentials_changed"
    EXPIRY_CHANGED = "expiry_changed"
    TOO_MANY_SESSIONS = "too_many_sessions"
    INVALIDATED = "invalidated"
    BY_ADMINISTRATOR = "by_administrator"


class SessionQuerySet(models.QuerySet["Session"]):
    def unrevoked(self) -> Self:
        return self.filter(revoked_at__isnull=True)

    def open(self) -> Self:
        """Neither revoked nor over, by the database's clock."""
        return self.unrevoked().filter(expires_at__gt=Now())

    def believed(self) -> Self:
        """Open, of a user who may come in, and begun with the credentials that still hold: what refresh may renew.

        The user is asked by EXISTS, never by a join: an UPDATE over a join compares `id IN (…)` against the rows as
        they were, so that two parallel refreshes would both match.
        """
        same = {"pk": OuterRef("user_id"), "credentials_version": OuterRef("credentials_version")}
        holder = User.objects.admitted().filter(**same)
        return self.open().filter(Exists(holder))

    def find_whole(self, session_id: UUID, user_id: UUID) -> "Session | None":
        """With its user, their group names, and the database's time as `read_at`: all in one query."""
        session = WHOLE.find(session_id, user_id)
        return None if session is None else _completed(session)

    def find_all_whole(self, session_ids: Iterable[UUID]) -> "dict[UUID, Session]":
        """As `find_whole`, whosever they are."""
        found = ALL_WHOLE.find_all(as_parameter(session_ids, connection.vendor))
        return {session.pk: _completed(session) for session in found}

    def advance(
        self, session_id: UUID, *, generation: int, rotated_at: datetime, expires_at: datetime, is_patient: bool = True
    ) -> bool:
        """Whether this is believed, is of that generation, and so has been made the next one: all in one statement.

        Whoever is not patient waits for nobody who holds the row; on SQLite all wait for all.
        """
        values = {"generation": generation, "rotated_at": rotated_at, "expires_at": expires_at}
        return bool((ADVANCE if is_patient else ADVANCE_AT_ONCE).run(id=session_id, **values))

    def reread(self, found: "Sequence[KeptSession]", connection: BaseDatabaseWrapper) -> list[float]:
        """Of each, the seconds to its end by the database's clock, if `find_whole` would find it again with nothing
        changed of it, its user or the names of their groups; otherwise none.
        """
        unchanged, moment = REREADING.compare(found, connection)
        if moment is None:
            return [0.0] * len(found)
        ends = ((each.ends_at - moment).total_seconds() for each in found)
        return [seconds if same else 0.0 for same, seconds in zip(unchanged, ends, strict=True)]

    def unbelievable(self) -> Self:
        """Open by their own row, but ended by their user's: changed behind the services' back."""
        return self.open().filter(Q(user__is_active=False) | ~Q(credentials_version=F("user__credentials_version")))

    def revoke(self, reason: RevocationReason) -> int:
        """End those of these that are not ended yet; how many that were. The user's row is to be locked before."""
        return self.unrevoked().update(revoked_at=Now(), revocation_reason=reason)


def make_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


class Session(models.Model):
    """`generation` is that of the one live refresh token; `secret` goes into its signature, never over the wire."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    generation = models.PositiveBigIntegerField(default=0)
    secret = models.BinaryField(max_length=SECRET_BYTES, default=make_secret)
    credentials_version = models.PositiveIntegerField()
    amr = models.JSONField(help_text="How it was opened: authentication methods as RFC 8176 names them.")
    address = models.GenericIPAddressField(null=True)
    user_agent = models.CharField(max_length=USER_AGENT_MAX_LENGTH, blank=True)
    created_at = models.DateTimeField(db_default=Moment())
    rotated_at = models.DateTimeField(db_default=Moment())
    expires_at = models.DateTimeField(help_text="The idle limit, never beyond the absolute one.")
    absolute_expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revocation_reason = models.CharField(max_length=32, blank=True, choices=[(r, r) for r in RevocationReason])

    read_at: datetime
    """When it was read, by the database's clock; set by `find_whole` alone."""

    objects = SessionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "created_at"], name="session_by_user", condition=Q(revoked_at__isnull=True)),
            models.Index(fields=["expires_at"], name="session_by_expiry"),
            models.Index(fields=["revoked_at"], name="session_by_revocation", condition=Q(revoked_at__isnull=False)),
        ]

    @property
    def ends_at(self) -> datetime:
        """When it is over at the latest: with its user's account. Nothing that it stands for is good for longer."""
        account_end = self.user.expires_at
        return self.expires_at if account_end is None else min(self.expires_at, account_end)


class KeptSession:
    """As memory keeps one: its row, of which it is made once more whenever somebody asks for more than bytes; instances
    would be half of what is kept of a person. Everybody's, and never changed but for `closing`.
    """

    __slots__ = ("closing", "ends_at", "pk", "read_at", "row")

    def __init__(self, session: Session) -> None:
        """Of one that was found whole."""
        self.pk: Final[UUID] = session.pk
        self.row: Final[tuple[Any, ...]] = _without_duplicates(session.row)  # type: ignore[attr-defined]  # by WHOLE
        self.ends_at: Final[datetime] = session.ends_at
        self.read_at: Final[datetime] = session.read_at
        self.closing = b""
        """What the fast lane says of the user, once somebody has asked. Here, it lives as long as this."""

    def session(self) -> Session:
        """Another one each time, with its user: the caller's own."""
        return _completed(WHOLE.made_of(self.row))


def _without_duplicates(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Ids and dates stand in it more than once, as objects of their own."""
    once: dict[Any, Any] = {}
    return tuple(once.setdefault(value, value) if type(value) in (UUID, datetime) else value for value in row)


def _completed(session: Session) -> Session:
    session.read_at = session.database_time  # type: ignore[attr-defined]  # annotated by `_whole`
    names = session.__dict__.pop("names")  # annotated, too; many remembered people share a few groups
    session.user.group_names = sorted(map(sys.intern, names))
    return session


def _whole() -> models.QuerySet[Session]:
    return Session.objects.select_related("user").annotate(database_time=Now(), names=group_names_of("user_id"))


def _one_whole(session_id: UUID, user_id: UUID) -> models.QuerySet[Session]:
    whole = _whole()
    return whole.filter(pk=session_id, user_id=user_id)


def _all_whole(session_ids: str) -> models.QuerySet[Session]:
    whole = _whole()
    return whole.filter(Among(F("pk"), session_ids))


def _advance() -> tuple[models.QuerySet[Session], dict[str, Any]]:
    place = {name: Place(name, Session._meta.get_field(name)) for name in ("id", *MOVED)}  # noqa: SLF001
    head = Session.objects.believed().filter(pk=place["id"], generation=place["generation"])
    return head, {name: place[name] for name in MOVED} | {"generation": F("generation") + 1}


def _advance_at_once() -> tuple[models.QuerySet[Session], dict[str, Any]]:
    head, changes = _advance()
    if connection.vendor == "postgresql":
        place = Place("id", Session._meta.get_field("id"))  # noqa: SLF001
        head = head.filter(pk__in=RawSQL(UNHELD, (place,)))  # noqa: S611 - our own words
    return head, changes


WHOLE: Final = PreparedRead(_one_whole, UUID(int=1), UUID(int=2))
ALL_WHOLE: Final = PreparedRead(_all_whole, "ids")
REREADING: Final = Rereading(_whole, moment="database_time")
ADVANCE: Final = PreparedUpdate(_advance)
ADVANCE_AT_ONCE: Final = PreparedUpdate(_advance_at_once)
