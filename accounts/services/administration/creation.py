"""Makes accounts for other people. No password is set: their owners choose one, by a link that is mailed to them."""

from collections.abc import Mapping, Set
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.errors import EmailTaken, FieldError, InvalidInput
from accounts.models import EventType, MailKind, Outcome, User
from accounts.principals import Origin, Principal
from accounts.services import authorisation, expiry, mailing, memberships, revocation
from accounts.services.authorisation import Action
from accounts.services.memberships import Moves
from accounts.services.transactions import transactional
from accounts.services.uniqueness import require_unique


@transactional
def create(given: Mapping[str, Any], *, actor: Principal, origin: Origin) -> User:
    """`given` are validated fields: `email`, and what else `changing.CHANGEABLE` has. No notice: nobody can have heard
    of them, as of whoever registers.

    Raises what `authorisation.require`, `…require_changing` and `…require_granting` do; EmailTaken; InvalidInput for
    names of no group, for what only one may have, and for an end of the account that is not to come.
    """
    revocation.lock_users(actor=actor)
    authorisation.require(Action.CREATE_USER, actor=actor)
    values = {name: value for name, value in given.items() if name != "groups"}
    user = User(**values)
    user.set_unusable_password()
    authorisation.require_changing(
        {name for name in ("is_staff", "is_superuser") if values.get(name)}, user, actor=actor
    )
    if user.has_expired(timezone.now()):
        detail = "This is over already; name a time that is to come."
        raise InvalidInput([FieldError(expiry.FIELD, "not_to_come", detail)])
    _save(user)
    moves = memberships.assign_locked(user, given["groups"], actor=actor) if given.get("groups") else None
    mailing.enqueue(MailKind.INVITATION, address=user.email, user_id=user.pk, credentials_version=1)
    _record(user, {name for name, value in given.items() if value}, moves, actor, origin)
    return user


def _save(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        if User.objects.filter(email=user.email).exists():
            raise EmailTaken from None
        require_unique(user)
        raise


def _record(user: User, given: Set[str], moves: Moves | None, actor: Principal, origin: Origin) -> None:
    data: dict[str, Any] = {"fields": " ".join(sorted(given))}
    if moves is not None:
        data["joined"] = moves.joined
    if user.expires_at is not None:
        data[expiry.FIELD] = expiry.as_told(user.expires_at)
    audit.record(EventType.USER_CREATED, Outcome.SUCCESS, actor=actor, origin=origin, subject=user.pk, **data)
