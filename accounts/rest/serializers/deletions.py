"""Bodies of deletions: the request, how far it has come, and the receipt."""

from rest_framework import serializers

from accounts.models import Deletion
from accounts.models.deletions import REASON_MAX_LENGTH
from accounts.rest.serializers.fields import Password, RequestSerializer, Text, example
from accounts.services.deleting.receipts import AcknowledgementState


@example({"password": "violet otters juggle maps"})
class DeletionRequest(RequestSerializer):
    password = Password()


@example({"reason": "The orders service was shut down; its database is gone."})
class DeletionForceRequest(RequestSerializer):
    reason = Text(max_length=REASON_MAX_LENGTH, help_text="Kept on the receipt, so it must not name the person.")


class DeletionResponse(serializers.ModelSerializer[Deletion]):
    completed_at = serializers.DateTimeField(
        allow_null=True, help_text="Null until every service that holds the person's data has acknowledged."
    )

    class Meta:
        model = Deletion
        fields = ["id", "user_id", "requested_at", "completed_at"]
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


class ReceiptResponse(serializers.Serializer[object]):
    """Stays when the user is gone: ids, times, and nothing that names the person."""

    id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    requested_at = serializers.DateTimeField()
    requested_by = serializers.CharField(help_text="A user's id, or `system:<command>`.")
    completed_at = serializers.DateTimeField(allow_null=True)
    forced_by = serializers.CharField(help_text="Who decided not to wait for the services; empty: nobody.")
    forced_reason = serializers.CharField()
    consumers = AcknowledgementResponse(many=True)
