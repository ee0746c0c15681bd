"""Everything that is held here about a person, for them: room by room, never more than a page of it in memory."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Model, Q, QuerySet

from accounts import audit
from accounts.models import (
    PROFILE_FIELDS,
    AuditContext,
    AuditEvent,
    Code,
    DelayedDeletion,
    Deletion,
    EventType,
    KnownNetwork,
    Mail,
    Notice,
    Outcome,
    Session,
    Suspension,
    User,
)
from accounts.principals import Origin, UserPrincipal
from accounts.services import confirmation
from accounts.services.transactions import transactional

PAGE: Final = 500
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Room:
    """One table: what is told of it, under which names, and what is not, with the reason where the room is."""

    name: str
    model: type[Model]
    held: Callable[[User], QuerySet[Any]]
    told: Iterable[str]
    omitted: Iterable[str] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    shape: Callable[[User, Row], Row] = lambda _, row: row

    def rows(self, user: User) -> Iterator[Row]:
        """By their keys, a page at a time: a statement stays short however much there is."""
        rows = self.held(user).order_by("pk")
        page = list(rows.values("pk", *self.told)[:PAGE])
        while page:
            yield from (
                self.shape(user, {self.renamed.get(name, name): row[name] for name in self.told}) for row in page
            )
            following = rows.filter(pk__gt=page[-1]["pk"]) if len(page) == PAGE else rows.none()
            page = list(following.values("pk", *self.told)[:PAGE])


def _events_of(user: User) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(Q(subject=user.pk) | Q(actor=str(user.pk)))


def _event(user: User, row: Row) -> Row:
    """Who else acted and from where is their own affair, and upon whom this person acted is that one's."""
    actor, subject = row.pop("actor"), row.pop("subject")
    row["by"] = _who(user, actor)
    row["about"] = None if subject is None else _who(user, str(subject))
    if row["by"] not in {"self", "nobody"}:
        row |= dict.fromkeys(("ip", "user_agent", "email", "session", "request_id"))
    if row["about"] == "somebody_else":
        row |= {"session": None, "data": {}}
    return row


def _who(user: User, name: str) -> str:
    if not name or name.startswith("system:"):
        return name or "nobody"
    return "self" if name == str(user.pk) else "somebody_else"


ACCOUNT: Final = Room(
    "user",
    User,
    lambda user: User.objects.filter(pk=user.pk),
    [
        "id", "email", "email_verified", *PROFILE_FIELDS, "is_active", "is_staff", "is_superuser", "expires_at",
        "date_joined", "last_login", "updated_at", "version", "deletion_requested_at",
    ],
    omitted=["password", "credentials_version"],  # a secret, and a count of it
)  # fmt: skip

ROOMS: Final = (
    Room(
        "sessions",
        Session,
        lambda user: Session.objects.filter(user=user),
        [
            "id", "created_at", "rotated_at", "expires_at", "absolute_expires_at", "revoked_at", "revocation_reason",
            "address", "user_agent", "amr",
        ],
        omitted=["user", "secret", "generation", "credentials_version"],  # what its tokens are made with
        renamed={"rotated_at": "last_used_at", "address": "ip"},
    ),
    Room(
        "known_networks",
        KnownNetwork,
        lambda user: KnownNetwork.objects.filter(user=user),
        ["last_seen_at"],
        omitted=["id", "user", "network_hash"],  # keyed: it tells nobody anything
    ),
    Room(
        "suspensions",
        Suspension,
        lambda user: Suspension.objects.filter(user=user),
        ["id", "created_at", "until", "lifted_at"],
        omitted=["user", "reason", "actor", "lifted_by"],  # names others, and staff were told that it is not told
    ),
    Room(
        "deletions",
        Deletion,
        lambda user: Deletion.objects.filter(user_id=user.pk),
        ["id", "requested_at", "completed_at"],
        omitted=["user_id", "requested_by", "notice_id", "notice_seq", "forced_by", "forced_reason"],  # as above
    ),
    Room(
        "delayed_deletions",
        DelayedDeletion,
        lambda user: DelayedDeletion.objects.filter(user=user),
        ["id", "requested_at", "begins_at", "session_id"],
        omitted=["user", "suspension"],
    ),
    Room(
        "mails",
        Mail,
        Mail.objects.of,
        ["id", "kind", "address", "created_at", "due_at", "attempts"],
        omitted=["user", "credentials_version", "seed"],  # what a code is made from
    ),
    Room(
        "codes",
        Code,
        lambda user: Code.objects.filter(user=user),
        ["purpose", "email", "address", "asked_at", "expires_at", "used_at"],
        omitted=["id", "user", "digest", "credentials_version"],
    ),
    Room(
        "audit_events",
        AuditEvent,
        _events_of,
        [
            "id", "occurred_at", "type", "outcome", "actor", "subject", "session", "data", "context__address",
            "context__user_agent", "context__email", "context__request_id",
        ],
        omitted=["number", "commitment"],  # what the audit is sealed with
        renamed={
            "context__address": "ip", "context__user_agent": "user_agent", "context__email": "email",
            "context__request_id": "request_id",
        },
        shape=_event,
    ),
)  # fmt: skip

WITH_EVENTS: Final = AuditContext
"""Told with its event."""

IDS_ALONE: Final = Notice
"""What it says beside an id is told with the account and its events; it is kept by number, whomever it concerns."""


def export(actor: UserPrincipal, *, origin: Origin) -> Iterator[tuple[str, Row | Iterator[Row]]]:
    """Each room by its name, the person first. SessionRevoked, AccountSuspended at once for whoever is out by now."""
    return _rooms(_admit(actor, origin))


@transactional
def _admit(actor: UserPrincipal, origin: Origin) -> User:
    user = confirmation.get_present(actor)
    event, session_id = EventType.USER_EXPORTED, actor.session_id
    audit.record(event, Outcome.SUCCESS, actor=actor, origin=origin, subject=user.pk, session=session_id)
    return user


def _rooms(user: User) -> Iterator[tuple[str, Row | Iterator[Row]]]:
    for account in ACCOUNT.rows(user):
        permissions = sorted(user.user_permissions.values_list("codename", flat=True))
        more = {"groups": user.group_names, "permissions": permissions, "has_password": user.has_usable_password()}
        yield ACCOUNT.name, account | more
    for room in ROOMS:
        yield room.name, room.rows(user)
