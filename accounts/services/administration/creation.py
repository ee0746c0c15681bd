"""Makes accounts for other people. No password is set: their owners choose one, by a link that is mailed to them."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.errors import EmailTaken
from accounts.models import EventType, MailKind, Outcome, User
from accounts.principals import Origin, Principal
from accounts.services import authorisation, mailing, memberships
from accounts.services.administration.holding import hold
from accounts.services.authorisation import Action
from accounts.services.transactions import transactional


@transactional
def create(given: Mapping[str, Any], *, actor: Principal, origin: Origin) -> User:
    """`given` are validated fields: `email`, and what else `changing.CHANGEABLE` has. No notice: nobody can have heard
    of them, as of whoever registers.

    Raises what `authorisation.require`, `…require_changing` and `…require_granting` do; EmailTaken; InvalidInput for
    names of no group.
    """
    hold(actor=actor)
    authorisation.require(Action.CREATE_USER, actor=actor)
    values = {name: value for name, value in given.items() if name != "groups"}
    user = User(**values)
    user.set_unusable_password()
    authorisation.require_changing(
        {name for name in ("is_staff", "is_superuser") if values.get(name)}, user, actor=actor
    )
    _save(user)
    if given.get("groups"):
        memberships.assign_locked(user, given["groups"], actor=actor)
    mailing.enqueue(MailKind.INVITATION, address=user.email, user_id=user.pk, credentials_version=1)
    fields = " ".join(sorted(name for name, value in given.items() if value))
    audit.record(EventType.USER_CREATED, Outcome.SUCCESS, actor=actor, origin=origin, subject=user.pk, fields=fields)
    return user


def _save(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        if User.objects.filter(email=user.email).exists():
            raise EmailTaken from None
        raise
