"""Other people's sessions: who may see and end them."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from accounts.errors import NotFound
from accounts.models import RevocationReason, Session, User
from accounts.models.sessions import SessionQuerySet
from accounts.principals import Origin, Principal, UserPrincipal
from accounts.services import authorisation, revocation
from accounts.services.authorisation import Action
from accounts.services.transactions import transactional

NEWEST: Final = 5
"""As many of each, where those of many people are told at once."""


def open_of(user_id: UUID, *, actor: Principal) -> SessionQuerySet:
    """Newest first. Raises NotFound; what `authorisation.require` does."""
    authorisation.require(Action.READ_SESSIONS, actor=actor)
    if not User.objects.present().filter(pk=user_id).exists():
        raise NotFound
    return Session.objects.open().filter(user_id=user_id).order_by("-created_at", "-pk")


def newest_of(user_ids: Collection[UUID], *, actor: Principal) -> dict[UUID, list[Session]]:
    """The NEWEST open ones of each, newest first, in so many queries for any number of people. One's own may be seen
    by everybody. Raises what `authorisation.require` does.
    """
    if not isinstance(actor, UserPrincipal) or {*user_ids} != {actor.user_id}:
        authorisation.require(Action.READ_SESSIONS, actor=actor)
    place = Window(RowNumber(), partition_by=F("user_id"), order_by=[F("created_at").desc(), F("pk").desc()])
    newest = Session.objects.open().filter(user_id__in=user_ids).annotate(place=place).filter(place__lte=NEWEST)
    found: dict[UUID, list[Session]] = {user_id: [] for user_id in user_ids}
    for session in newest.order_by("user_id", "place"):
        found[session.user_id].append(session)
    return found


@transactional
def end_all(user_id: UUID, *, actor: Principal, origin: Origin) -> int:
    """How many there were. Raises NotFound; what `authorisation.require` does."""
    authorisation.lock_for(Action.END_SESSIONS, user_id, actor=actor)
    reason = RevocationReason.BY_ADMINISTRATOR
    return revocation.revoke_locked(user_id, None, reason, actor=actor, origin=origin)
