"""Suspensions: as asked for, and as answered."""

from rest_framework import serializers

from accounts.models import Suspension
from accounts.models.suspensions import REASON_MAX_LENGTH
from accounts.rest.serializers.fields import Moment, RequestSerializer, Text, example


@example({"reason": "Reported by the billing team, case 4711"})
class SuspendRequest(RequestSerializer):
    reason = Text(max_length=REASON_MAX_LENGTH, help_text="For the history. The person is not told.")
    until = Moment(required=False, allow_null=True, help_text="When to let them in again; not set: until reinstated.")


class ReinstateRequest(RequestSerializer):
    """Nothing: an empty object, or no body at all."""


class SuspensionResponse(serializers.ModelSerializer[Suspension]):
    class Meta:
        model = Suspension
        fields = ["id", "reason", "actor", "created_at", "until", "lifted_at", "lifted_by"]
        read_only_fields = fields
