"""What is personal in audit events, against what was recorded: kept as it was, or erased, and of whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from accounts.models import AuditEvent, Deletion


@dataclass(slots=True)
class Erased:
    """How many personal parts are erased; `unexplained` are those of events by and about nobody who was deleted."""

    parts: int = 0
    unexplained: int = 0

    def note(self, events: Sequence[AuditEvent]) -> None:
        erased = [event for event in events if event.commitment and not _has_context(event)]
        if not erased:
            return
        people = {person for event in erased for person in _people_of(event)}
        gone = Deletion.objects.filter(user_id__in=people, completed_at__isnull=False)
        deleted = set(gone.values_list("user_id", flat=True))
        self.parts += len(erased)
        self.unexplained += sum(deleted.isdisjoint(_people_of(event)) for event in erased)


def is_kept_or_erased(event: AuditEvent) -> bool:
    """Whose it is counts too: by that it is found when it is to be erased."""
    if not _has_context(event):
        return True
    return (event.context.commitment, event.context.subject) == (event.commitment, event.subject)


def _has_context(event: AuditEvent) -> bool:
    return hasattr(event, "context")


def _people_of(event: AuditEvent) -> set[UUID]:
    """To whom it was done, and by whom, where that is a person."""
    people = set() if event.subject is None else {event.subject}
    try:
        return people | {UUID(event.actor)}
    except ValueError:
        return people
