"""What people change about themselves."""

from collections.abc import Mapping
from typing import Any

from accounts import audit
from accounts.errors import SessionRevoked
from accounts.models import EventType, NoticeType, Outcome, User
from accounts.notices import log
from accounts.principals import Origin, UserPrincipal
from accounts.services.transactions import transactional


@transactional
def update(changes: Mapping[str, Any], *, actor: UserPrincipal, origin: Origin) -> User:
    """The user after the change. `changes` are validated fields out of PROFILE_FIELDS; none is no change."""
    caller = User.objects.present().filter(pk=actor.user_id)
    is_changed = changes and caller.record_change(**changes)
    user = caller.first()
    if user is None:
        raise SessionRevoked
    if is_changed:
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
