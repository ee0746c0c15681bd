"""The user, as answered, and the profile, as taken."""

from collections.abc import Mapping
from typing import Any

from phonenumber_field.modelfields import PhoneNumberField as PhoneNumberColumn
from phonenumber_field.serializerfields import PhoneNumberField
from rest_framework import serializers

from accounts.models import PROFILE_FIELDS, User
from accounts.rest.serializers.fields import EmailAddress, Password, ProfileRequestSerializer, example


class UserResponse(serializers.ModelSerializer[User]):
    """`version` grows by one at every change but `last_login`; a copy with a smaller one is stale."""

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        PhoneNumberColumn: PhoneNumberField
    }
    groups = serializers.ListField(child=serializers.CharField(), source="group_names", help_text="Names, sorted.")

    class Meta:
        model = User
        fields = [
            "id",
            "email",
            "email_verified",
            *PROFILE_FIELDS,
            "is_active",
            "is_staff",
            "groups",
            "date_joined",
            "last_login",
            "updated_at",
            "version",
        ]
        read_only_fields = fields


class PersonResponse(UserResponse):
    """The user object, and what those who look after people see beside it."""

    class Meta(UserResponse.Meta):
        fields = [*UserResponse.Meta.fields, "expires_at"]
        read_only_fields = fields


@example({"first_name": "Ada", "phone_number": "+493012345678"})
class ProfileRequest(ProfileRequestSerializer):
    class Meta:
        model = User
        fields = PROFILE_FIELDS


@example({"email": "ada@example.com", "password": "violet otters juggle maps", "first_name": "Ada"})
class RegisterRequest(ProfileRequestSerializer):
    email = EmailAddress()
    password = Password()

    class Meta:
        model = User
        fields = ["email", "password", *PROFILE_FIELDS]


def profile_in(body: Mapping[str, Any]) -> dict[str, Any]:
    """Of a RegisterRequest."""
    return {name: value for name, value in body.items() if name in PROFILE_FIELDS}
