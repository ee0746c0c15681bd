"""The user, as answered, and the profile, as taken."""

from typing import Any

from phonenumber_field.modelfields import PhoneNumberField as PhoneNumberColumn
from phonenumber_field.serializerfields import PhoneNumberField
from rest_framework import serializers

from accounts.models import PROFILE_FIELDS, User
from accounts.rest.serializers.fields import EmailAddress, Password, ProfileRequestSerializer


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


class ProfileRequest(ProfileRequestSerializer):
    class Meta:
        model = User
        fields = PROFILE_FIELDS


class RegisterRequest(ProfileRequestSerializer):
    email = EmailAddress()
    password = Password()

    class Meta:
        model = User
        fields = ["email", "password", *PROFILE_FIELDS]

    @property
    def profile(self) -> dict[str, Any]:
        return {name: value for name, value in self.validated_data.items() if name in PROFILE_FIELDS}
