"""Bodies of deletions: the request, how far it has come, and the receipt."""

from typing import Any, Final

from rest_framework import serializers

from accounts.models import Deletion
from accounts.models.deletions import REASON_MAX_LENGTH
from accounts.rest.serializers.fields import Password, RequestSerializer, Text, answer_examples, example
from accounts.services.deleting.receipts import AcknowledgementState

UNDER_WAY: Final[dict[str, Any]] = {
    "id": "0d6f7a52-7a9b-4c39-9d9e-0c1f5b0f5a11",
    "user_id": "5b0c3c1e-5c43-4f0e-9a55-2f6f0f1a7c22",
    "requested_at": "2030-01-31T08:00:00Z",
    "completed_at": None,
}
BEGUN: Final = {"begins_at": UNDER_WAY["requested_at"]}
COMPLETED: Final = UNDER_WAY | {"completed_at": "2030-01-31T08:00:07Z"}
FORCED: Final = {
    "requested_by": UNDER_WAY["user_id"],
    "forced_by": "9e1d2c3b-6a5f-4e7d-8c9b-1a2b3c4d5e66",
    "forced_reason": "The orders service was shut down; its database is gone.",
}
NOT_FORCED: Final = FORCED | {"forced_by": "", "forced_reason": ""}
ACKNOWLEDGED: Final = {
    "client_id": "svc_mail",
    "state": AcknowledgementState.ACKNOWLEDGED.value,
    "acknowledged_at": "2030-01-31T08:00:02Z",
    "overdue": False,
}
PENDING: Final = ACKNOWLEDGED | {
    "client_id": "svc_orders",
    "state": AcknowledgementState.PENDING.value,
    "acknowledged_at": None,
}
LAST: Final = ACKNOWLEDGED | {"client_id": "svc_orders", "acknowledged_at": COMPLETED["completed_at"]}


@example({"password": "violet otters juggle maps"})
class DeletionRequest(RequestSerializer):
    password = Password()


@example({"reason": "The orders service was shut down; its database is gone."})
class DeletionForceRequest(RequestSerializer):
    reason = Text(max_length=REASON_MAX_LENGTH, help_text="Kept on the receipt, so it must not name the person.")


@answer_examples({"Under way": BEGUN | UNDER_WAY, "Completed": BEGUN | COMPLETED})
class DeletionResponse(serializers.ModelSerializer[Deletion]):
    begins_at = serializers.DateTimeField(help_text="When other services are told; until then it can be cancelled.")
    completed_at = serializers.DateTimeField(
        allow_null=True, help_text="Null until every service that holds the person's data has acknowledged."
    )

    class Meta:
        model = Deletion
        fields = ["id", "user_id", "requested_at", "begins_at", "completed_at"]
        read_only_fields = fields


class AcknowledgementResponse(serializers.Serializer[object]):
    """What one service owes to a deletion."""

    client_id = serializers.CharField()
    state = serializers.ChoiceField(
        choices=[(s.value, s.name) for s in AcknowledgementState],
        help_text="`retired`: it has not acknowledged, and nothing is expected of it any more.",
    )
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    overdue = serializers.BooleanField(help_text="Pending for more than 24 hours.")


@answer_examples(
    {
        "Under way": UNDER_WAY | NOT_FORCED | {"consumers": [ACKNOWLEDGED, PENDING]},
        "Completed": COMPLETED | NOT_FORCED | {"consumers": [ACKNOWLEDGED, LAST]},
        "Forced": COMPLETED | FORCED | {"consumers": [ACKNOWLEDGED, PENDING]},
    }
)
class ReceiptResponse(serializers.Serializer[object]):
    """Stays when the user is gone: ids, times, and nothing that names the person."""

    id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    requested_at = serializers.DateTimeField()
    requested_by = serializers.CharField(help_text="A user's id, a service client's, or `system:<command>`.")
    completed_at = serializers.DateTimeField(allow_null=True)
    forced_by = serializers.CharField(help_text="Who decided not to wait for the services; empty: nobody.")
    forced_reason = serializers.CharField()
    consumers = AcknowledgementResponse(many=True)
