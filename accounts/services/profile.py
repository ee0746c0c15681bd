"""What people change about themselves."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError

from accounts import audit
from accounts.errors import SessionRevoked
from accounts.models import EventType, NoticeType, Outcome, User
from accounts.notices import log
from accounts.principals import Origin, UserPrincipal
from accounts.services import confirmation
from accounts.services.transactions import transactional
from accounts.services.uniqueness import require_unique


def update(changes: Mapping[str, Any], *, actor: UserPrincipal, origin: Origin) -> User:
    """The user after the change. `changes` are validated fields out of PROFILE_FIELDS; none is no change.

    Raises AccountSuspended, SessionRevoked for whoever is out, or gone, by now; InvalidInput for what only one may
    have.
    """
    try:
        return _update(changes, actor, origin)
    except IntegrityError:
        require_unique(confirmation.get_present(actor), changes)
        raise


@transactional
def _update(changes: Mapping[str, Any], actor: UserPrincipal, origin: Origin) -> User:
    caller = User.objects.present().admitted().filter(pk=actor.user_id)
    is_refused = bool(changes) and not caller.record_change(**changes)
    if is_refused or (user := caller.first()) is None:
        confirmation.get_present(actor)  # says why
        raise SessionRevoked  # whoever was let in again just now has to sign in anew
    if changes:
        log.append(NoticeType.USER_UPDATED, user.pk, version=user.version)
        audit.record(
            EventType.USER_UPDATED,
            Outcome.SUCCESS,
            actor=actor,
            origin=origin,
            subject=actor.user_id,
            session=actor.session_id,
            fields=" ".join(sorted(changes)),
        )
    return user
