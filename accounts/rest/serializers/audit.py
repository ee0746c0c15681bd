"""Audit events: as asked for, and as answered."""

from rest_framework import serializers

from accounts.models import AuditEvent, EventType
from accounts.rest.serializers.fields import CanonicalId, Moment, RequestSerializer, Text

ACTOR_MAX_LENGTH = 64


class AuditEventQuery(RequestSerializer):
    """What is asked for twice has to be met twice; a name that is not among these is refused, not passed over."""

    actor = Text(
        max_length=ACTOR_MAX_LENGTH,
        required=False,
        help_text="Who did it: a user's id, a client's, `system:<command>`.",
    )
    subject = CanonicalId(required=False, help_text="The user whom it concerns.")
    type = serializers.ChoiceField([str(event) for event in EventType], required=False)
    created_after = Moment(required=False, help_text="Then, or later.")
    created_before = Moment(required=False, help_text="Earlier than then.")


class AuditEventResponse(serializers.ModelSerializer[AuditEvent]):
    """The last four are personal, and null once they are erased."""

    data = serializers.DictField(help_text="Ids, codes and counts; nothing personal.")  # type: ignore[assignment]
    ip = serializers.CharField(source="context.address", allow_null=True)
    user_agent = serializers.CharField(source="context.user_agent", allow_null=True)
    email = serializers.CharField(source="context.email", allow_null=True, help_text="An address that was typed.")
    request_id = serializers.CharField(source="context.request_id", allow_null=True)

    class Meta:
        model = AuditEvent
        fields = [
            "id", "number", "occurred_at", "type", "outcome", "actor", "subject", "session", "data", "ip", "user_agent",
            "email", "request_id",
        ]  # fmt: skip
        read_only_fields = fields
