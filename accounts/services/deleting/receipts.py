"""Tells how far a deletion has come, and what stays of it: ids, times, and nothing that names the person."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from accounts.errors import FieldError, InvalidInput, NotFound
from accounts.models import Deletion, DeletionAcknowledgement, User
from accounts.models.deletions import REASON_MAX_LENGTH
from accounts.principals import Principal
from accounts.services.authorisation import Action, require
from accounts.services.deleting import naming


class AcknowledgementState(StrEnum):
    PENDING = "pending"
    ACKNOWLEDGED = "acknowledged"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Awaited:
    """One consumer. Retired: it has not acknowledged, and nothing is expected of it any more."""

    client_id: str
    state: AcknowledgementState
    acknowledged_at: datetime | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """`completed_at` None: under way. `forced_by` is empty where nobody decided not to wait."""

    id: UUID
    user_id: UUID
    requested_at: datetime
    requested_by: str
    completed_at: datetime | None
    forced_by: str
    forced_reason: str
    consumers: list[Awaited]


def report(user_id: UUID, *, actor: Principal) -> Receipt:
    """Also when the user is gone. NotFound where no deletion was requested; what `authorisation.require` raises."""
    require(Action.READ_DELETION, actor=actor, target=User.objects.filter(pk=user_id).first())
    deletion = Deletion.objects.filter(user_id=user_id).first()
    if deletion is None:
        raise NotFound("No deletion of this user was requested.")
    return of(deletion)


def of(deletion: Deletion) -> Receipt:
    owed = DeletionAcknowledgement.objects.filter(deletion=deletion).select_related("consumer").order_by("consumer_id")
    overdue = set(owed.overdue().values_list("pk", flat=True))
    return Receipt(
        id=deletion.pk,
        user_id=deletion.user_id,
        requested_at=deletion.requested_at,
        requested_by=deletion.requested_by,
        completed_at=deletion.completed_at,
        forced_by=deletion.forced_by,
        forced_reason=deletion.forced_reason,
        consumers=[_awaited(acknowledgement, overdue=acknowledgement.pk in overdue) for acknowledgement in owed],
    )


def _awaited(acknowledgement: DeletionAcknowledgement, *, overdue: bool) -> Awaited:
    if acknowledgement.acknowledged_at is not None:
        state = AcknowledgementState.ACKNOWLEDGED
    elif acknowledgement.consumer.retired_at is not None:
        state = AcknowledgementState.RETIRED
    else:
        state = AcknowledgementState.PENDING
    return Awaited(
        client_id=acknowledgement.consumer_id,
        state=state,
        acknowledged_at=acknowledgement.acknowledged_at,
        overdue=overdue,
    )


def checked_reason(reason: str, user: User | None) -> str:
    """Trimmed. InvalidInput for one that is empty, too long, or names this user: it outlives them."""
    text = reason.strip()
    if not text:
        raise _unfit("blank", "Say why nobody is to be waited for.")
    if len(text) > REASON_MAX_LENGTH:
        raise _unfit("max_length", f"At most {REASON_MAX_LENGTH} characters.")
    if user is not None and (named := list(naming.kinds(text, user))):
        raise _unfit("personal", f"The reason outlives the person: leave out their {' and '.join(named)}.")
    return text


def _unfit(code: str, detail: str) -> InvalidInput:
    return InvalidInput([FieldError("reason", code, detail)])
