"""Notes who was made a superuser at the command line, where Django's own command does it."""

from collections.abc import Collection
from uuid import UUID

from accounts import audit
from accounts.models import EventType, Outcome, User
from accounts.principals import Origin, System
from accounts.services.transactions import transactional


def known() -> set[UUID]:
    return set(User.objects.filter(is_superuser=True).values_list("pk", flat=True))


@transactional
def note_new(before: Collection[UUID], *, actor: System) -> None:
    """All who are superusers, and were not then."""
    for user_id in sorted(known().difference(before)):
        audit.record(
            EventType.USER_CREATED, Outcome.SUCCESS, actor=actor, origin=Origin(), subject=user_id, is_superuser=True
        )
