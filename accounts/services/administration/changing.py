"""Changes other people's accounts. Nobody raises their own rights, or gets hold of those of somebody else."""

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.conf import EmailVerification, auth_settings
from accounts.errors import EmailTaken
from accounts.models import PROFILE_FIELDS, EventType, MailKind, NoticeType, Outcome, User
from accounts.notices import log
from accounts.principals import Origin, Principal
from accounts.services import authorisation, mailing, memberships
from accounts.services.administration.holding import hold
from accounts.services.authorisation import Action
from accounts.services.transactions import transactional

RANKS: Final = ("is_staff", "is_superuser")
CHANGEABLE: Final = (*PROFILE_FIELDS, "email", "email_verified", *RANKS, "groups")


@transactional
def change(user_id: UUID, changes: Mapping[str, Any], *, actor: Principal, origin: Origin) -> User:
    """The user after the change. `changes` are validated fields of CHANGEABLE; what is so already is no change.

    A new address is unverified unless `email_verified` vouches for it; the old one is told. Raises NotFound; what
    `authorisation.require`, `…require_changing` and `…require_granting` do; EmailTaken; InvalidInput for names of no
    group.
    """
    hold(user_id, actor=actor)
    user = authorisation.lock_for(Action.CHANGE_USER, user_id, actor=actor)
    values = _values(user, changes)
    is_regrouped = "groups" in changes and memberships.assign_locked(user, changes["groups"], actor=actor)
    authorisation.require_changing(values.keys(), user, actor=actor)
    if not values and not is_regrouped:
        return user
    _write(user, values)
    changed = User.objects.get(pk=user_id)
    log.append(NoticeType.USER_UPDATED, user_id, version=changed.version)
    if "email" in values:
        _tell_owners(user, changed)
    _record(changed, {*values, *(["groups"] if is_regrouped else [])}, actor, origin)
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
        raise


def _tell_owners(before: User, after: User) -> None:
    """Whoever reads the old address, and, where addresses are verified, whoever reads the new one."""
    mailing.enqueue(MailKind.EMAIL_CHANGED, address=before.email, user_id=after.pk)
    if not after.email_verified and auth_settings.email_verification != EmailVerification.OFF:
        mailing.enqueue(MailKind.VERIFY_EMAIL, address=after.email, user_id=after.pk)


def _record(user: User, changed: Collection[str], actor: Principal, origin: Origin) -> None:
    """Another address as when its owner changes it; the rest together, and of a rank also which."""
    rest = {*changed} - {"email"}
    if rest != {*changed}:
        rest -= {"email_verified"}
        audit.record(EventType.EMAIL_CHANGED, Outcome.SUCCESS, actor=actor, origin=origin, subject=user.pk)
    if rest:
        data = {"fields": " ".join(sorted(rest))} | {name: getattr(user, name) for name in RANKS if name in rest}
        audit.record(EventType.USER_UPDATED, Outcome.SUCCESS, actor=actor, origin=origin, subject=user.pk, **data)
