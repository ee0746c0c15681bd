"""Bodies of asking who many people are at once."""

from itertools import islice
from typing import Any

from rest_framework import serializers

from accounts.rest.serializers.fields import MAX_NAMED, CanonicalId, RequestSerializer
from accounts.rest.serializers.users import UserResponse
from accounts.services.user_lookup import MAX_IDS


class Ids(serializers.ListField):
    """Counted before they are read; of those that do not fit the first ones are named, each by its place."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=CanonicalId(), min_length=1, max_length=MAX_IDS, **kwargs)

    def run_child_validation(self, data: list[Any]) -> list[Any]:
        self.run_validators(data)
        try:
            return super().run_child_validation(data)
        except serializers.ValidationError as exc:
            named = dict(islice(exc.detail.items(), MAX_NAMED))  # type: ignore[union-attr]  # by index, as DRF has it
            raise serializers.ValidationError(named) from None


class UserLookupRequest(RequestSerializer):
    ids = Ids(help_text="In any order; one that is repeated is answered once.")


class UserLookupResponse(serializers.Serializer[object]):
    """Every id stands in exactly one of the lists, in the order of asking."""

    users = UserResponse(many=True)
    deleted = serializers.ListField(
        child=serializers.UUIDField(), help_text="Their deletion is under way or completed: delete your copy, too."
    )
    unknown = serializers.ListField(child=serializers.UUIDField(), help_text="Nobody here ever had that id.")
