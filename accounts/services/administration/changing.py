"""Changes other people's accounts. Nobody raises their own rights, or gets hold of those of somebody else."""

from collections.abc import Mapping, Set
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.conf import EmailVerification, auth_settings
from accounts.errors import EmailTaken
from accounts.models import PROFILE_FIELDS, EventType, MailKind, NoticeType, Outcome, User
from accounts.notices import log
from accounts.principals import Origin, Principal
from accounts.services import authorisation, expiry, mailing, memberships
from accounts.services.authorisation import Action
from accounts.services.memberships import Moves
from accounts.services.transactions import transactional
from accounts.services.uniqueness import require_unique

RANKS: Final = ("is_staff", "is_superuser")
CHANGEABLE: Final = (*PROFILE_FIELDS, "email", "email_verified", *RANKS, "groups", expiry.FIELD)


@transactional
def change(user_id: UUID, changes: Mapping[str, Any], *, actor: Principal, origin: Origin) -> User:
    """The user after the change. `changes` are validated fields of CHANGEABLE; what is so already is no change.

    A new address is unverified unless `email_verified` vouches for it; the old one is told. Another end of the account
    is set behind the rest, as `expiry.set_expiry` does. Raises NotFound; what `authorisation.require`,
    `…require_changing` and `…require_granting` do; EmailTaken; InvalidInput for names of no group, and for what
    only one may have.
    """
    user = authorisation.lock_for(Action.CHANGE_USER, user_id, actor=actor)
    values = _values(user, changes)
    moves = memberships.assign_locked(user, changes["groups"], actor=actor) if "groups" in changes else None
    authorisation.require_changing(values.keys(), user, actor=actor)
    end = values.pop(expiry.FIELD, user.expires_at)
    changed = _change(user, values, moves, actor, origin) if values or moves else user
    if end == user.expires_at:
        return changed
    return expiry.set_expiry(user_id, end, actor=actor, origin=origin)


def _change(user: User, values: Mapping[str, Any], moves: Moves | None, actor: Principal, origin: Origin) -> User:
    _write(user, values)
    changed = User.objects.get(pk=user.pk)
    log.append(NoticeType.USER_UPDATED, user.pk, version=changed.version)
    if "email" in values:
        _tell_owners(user, changed)
    _record(changed, values.keys(), moves, actor, origin)
    return changed


def _values(user: User, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Of columns, those that differ."""
    wanted = {name: value for name, value in changes.items() if name != "groups"}
    if wanted.get("email", user.email) != user.email:
        wanted.setdefault("email_verified", False)
    return {name: value for name, value in wanted.items() if value != getattr(user, name)}


def _write(user: User, values: Mapping[str, Any]) -> None:
    """One statement, also where the groups alone have changed: one new version."""
    try:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).record_change(**values)
    except IntegrityError:
        if "email" in values and User.objects.filter(email=values["email"]).exists():
            raise EmailTaken from None
        require_unique(user, values)
        raise


def _tell_owners(before: User, after: User) -> None:
    """Whoever reads the old address, and, where addresses are verified, whoever reads the new one."""
    mailing.enqueue(MailKind.EMAIL_CHANGED, address=before.email, user_id=after.pk)
    if not after.email_verified and auth_settings.email_verification != EmailVerification.OFF:
        mailing.enqueue(MailKind.VERIFY_EMAIL, address=after.email, user_id=after.pk)


def _record(user: User, changed: Set[str], moves: Moves | None, actor: Principal, origin: Origin) -> None:
    """Another address as when its owner changes it, and whether it was vouched for; the rest together, and of ranks and
    groups also which.
    """
    rest = changed - {"email"}
    whom: dict[str, Any] = {"actor": actor, "origin": origin, "subject": user.pk}
    if "email" in changed:
        rest -= {"email_verified"}
        address = {"email": user.email, "email_verified": user.email_verified}
        audit.record(EventType.EMAIL_CHANGED, Outcome.SUCCESS, **whom, **address)
    data: dict[str, Any] = {name: getattr(user, name) for name in RANKS if name in rest}
    if moves is not None:
        rest |= {"groups"}
        data |= {"joined": moves.joined, "left": moves.left}
    if rest:
        data["fields"] = " ".join(sorted(rest))
        audit.record(EventType.USER_UPDATED, Outcome.SUCCESS, **whom, **data)
