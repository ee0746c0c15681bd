"""Ends sessions: the user's row first, its sessions in a later statement, so that no sign-in slips between."""

from collections.abc import Collection
from uuid import UUID

from accounts import audit
from accounts.models import EventType, NoticeType, Outcome, RevocationReason, Session, User
from accounts.models.sessions import SessionQuerySet
from accounts.notices import log
from accounts.principals import Origin, Principal, UserPrincipal
from accounts.services.transactions import transactional


def lock_user(user_id: UUID) -> None:
    """Hold the user's row until the transaction ends. `no_key`: rows that refer to it can still be written."""
    User.objects.select_for_update(no_key=True).filter(pk=user_id).values_list("pk").first()


def lock_users(*user_ids: UUID, actor: Principal) -> None:
    """Hold the rows of whoever decides and of whomever it concerns: a right that somebody is about to lose is lost
    before, or after. In one order for everybody, so that no two who decide about each other wait for each other.
    """
    held = {*user_ids} | ({actor.user_id} if isinstance(actor, UserPrincipal) else set())
    rows = User.objects.select_for_update(no_key=True).filter(pk__in=held).order_by("pk")
    list(rows.values_list("pk"))


@transactional
def revoke_one(user_id: UUID, session_id: UUID, reason: RevocationReason, *, actor: Principal, origin: Origin) -> int:
    lock_user(user_id)
    return revoke_locked(user_id, [session_id], reason, actor=actor, origin=origin)


@transactional
def revoke_all(
    user_id: UUID, reason: RevocationReason, *, actor: Principal, origin: Origin, keep: UUID | None = None
) -> int:
    """All of a user's sessions, but `keep`; how many were open."""
    lock_user(user_id)
    return revoke_locked(user_id, None, reason, actor=actor, origin=origin, keep=keep)


@transactional
def revoke_stray(user_id: UUID, reason: RevocationReason, *, actor: Principal, origin: Origin) -> int:
    """Those of a user's sessions that their user's row no longer bears out."""
    lock_user(user_id)
    stray = list(Session.objects.unbelievable().filter(user_id=user_id).values_list("pk", flat=True))
    return revoke_locked(user_id, stray, reason, actor=actor, origin=origin)


def revoke_locked(
    user_id: UUID,
    session_ids: Collection[UUID] | None,
    reason: RevocationReason,
    *,
    actor: Principal,
    origin: Origin,
    keep: UUID | None = None,
) -> int:
    """Within a transaction that holds the user's row. None as `session_ids` means all."""
    sessions: SessionQuerySet = Session.objects.filter(user_id=user_id)
    if session_ids is not None:
        sessions = sessions.filter(pk__in=session_ids)
    if keep is not None:
        sessions = sessions.exclude(pk=keep)
    ended = end_locked(user_id, sessions, reason)
    if ended:
        audit.record(
            EventType.SESSIONS_REVOKED,
            Outcome.SUCCESS,
            actor=actor,
            origin=origin,
            subject=user_id,
            session=ended[0] if len(ended) == 1 else None,
            reason=str(reason),
            count=len(ended),
        )
    return len(ended)


def end_locked(user_id: UUID, sessions: SessionQuerySet, reason: RevocationReason) -> list[UUID]:
    """Those of these sessions of one user that were not ended yet; ends them and appends the notice."""
    ended = sorted(sessions.unrevoked().values_list("pk", flat=True))
    if ended:
        Session.objects.filter(pk__in=ended).revoke(reason)
        log.append(NoticeType.SESSIONS_REVOKED, user_id, session_ids=[str(session_id) for session_id in ended])
    return ended
