"""What a sign-in reads and writes of a person, each by one statement that is compiled once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now

from accounts.models.audit import INSERT_CONTEXT, INSERT_EVENT
from accounts.models.networks import NOTE, KnownNetwork, present_hash
from accounts.models.prepared import PreparedRead
from accounts.models.prepared_chain import PreparedChain, Step
from accounts.models.prepared_insert import PreparedInsert
from accounts.models.prepared_update import Place, PreparedUpdate
from accounts.models.sessions import MAX_OPEN_PER_USER, Session
from accounts.models.users import MAY_COME_IN, User, group_names_of
from accounts.principals import Origin

NETWORK_NOTED_EVERY: Final = timedelta(hours=1)
FEW_SESSIONS: Final = MAX_OPEN_PER_USER // 2
"""Whoever has no more has nobody's to end, as long as fewer than the other half are opened at the same moment."""


@dataclass(frozen=True, slots=True)
class Entrant:
    """Whoever has the address that somebody would sign in with, as of now."""

    user: User
    may_come_in: bool
    has_many_sessions: bool
    is_noted_here: bool
    """Within the last hour, as coming from the network that asks."""

    @classmethod
    def find(cls, email: str, origin: Origin) -> "Entrant | None":
        """None also for who waits to be erased. `email` is normalised."""
        user = BY_EMAIL.find(email, present_hash(origin)) if email.isprintable() else None  # PostgreSQL takes no NUL
        if user is None:
            return None
        read = user.__dict__  # what is annotated below
        user.group_names = sorted(read["names_of_groups"])
        return cls(user, **{name: read[name] for name in ("may_come_in", "has_many_sessions", "is_noted_here")})

    def open(self, rows: Mapping[str, models.Model], *, at: datetime, new_hash: str) -> bool:
        """Whether the user's row is written, and these with it, by the names of OPENING's steps: of who may come in,
        with the password and the version of them that were read. A transaction if `prepared_chain.is_one_statement`.
        """
        user = self.user
        read = {"id": user.pk, "password": user.password, "credentials_version": user.credentials_version}
        return OPENING.run(read | {"last_login": at, "new_hash": new_hash}, rows)


def surplus_sessions(user_id: UUID) -> list[UUID]:
    """The oldest of a person's open sessions, beyond as many as one may have."""
    newest_first = Session.objects.open().filter(user_id=user_id).order_by("-created_at")
    return list(newest_first.values_list("pk", flat=True)[MAX_OPEN_PER_USER:])


def _by_email(email: str, network_hash: str) -> models.QuerySet[User]:
    many = Session.objects.open().filter(user_id=OuterRef("pk"))[FEW_SESSIONS:]
    lately = Now() - NETWORK_NOTED_EVERY
    here = KnownNetwork.objects.filter(user_id=OuterRef("pk"), network_hash=network_hash, last_seen_at__gt=lately)
    annotations = {
        "names_of_groups": group_names_of("pk"),
        "may_come_in": MAY_COME_IN,
        "has_many_sessions": Exists(many),
        "is_noted_here": Exists(here),
    }
    return User.objects.present().filter(email=email).annotate(**annotations)


def _note_sign_in() -> tuple[models.QuerySet[User], dict[str, Any]]:
    field = User._meta.get_field  # noqa: SLF001 - Django's own name for it
    read = {name: Place(name, field(name)) for name in ("id", "password", "credentials_version")}
    changes = {"password": Place("new_hash", field("password")), "last_login": Place("last_login", field("last_login"))}
    return User.objects.filter(**read).admitted(), changes


BY_EMAIL: Final = PreparedRead(_by_email, "nobody@example.com", "of no network")
NOTE_SIGN_IN: Final = PreparedUpdate(_note_sign_in)
INSERT_SESSION: Final = PreparedInsert(Session)
OPENING: Final = PreparedChain(
    NOTE_SIGN_IN,
    {
        "session": Step(INSERT_SESSION),
        "network": Step(NOTE, {"last_seen_at": "session.created_at"}),
        "event": Step(INSERT_EVENT),
        "context": Step(INSERT_CONTEXT, {"event_id": "event.id"}),
    },
)
