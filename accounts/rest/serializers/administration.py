"""People and their sessions, for those who look after them: as looked for, as asked for, and as answered."""

from typing import Any, Final

from rest_framework import serializers

from accounts.models import PROFILE_FIELDS, Session, User
from accounts.rest.serializers.fields import (
    EmailAddress,
    Flag,
    Moment,
    ProfileRequestSerializer,
    RequestSerializer,
    Text,
    example,
)
from accounts.services.groups import NAME_MAX_LENGTH
from accounts.services.listing.asked import SEARCH_MAX_LENGTH, OrderName
from accounts.services.memberships import NAMES_AT_ONCE

GOING_TOGETHER: Final = (
    "With `search`: `email`, `-email`. With `group`: `id`. With `is_staff=true`, `is_active=false`, `created_after` or "
    "`created_before`: `-date_joined`, `date_joined`. Each in this precedence; the first one named is taken unless "
    "said otherwise, and without any of them `-date_joined`."
)


class QueryFlag(serializers.BooleanField):
    """`true` or `false`, and nothing that would have to be read as one."""

    def to_internal_value(self, data: Any) -> bool:
        if data not in {"true", "false"}:
            self.fail("invalid", input=data)
        return bool(data == "true")


class UserListRequest(RequestSerializer):
    """A query string."""

    search = Text(
        max_length=SEARCH_MAX_LENGTH,
        required=False,
        help_text="The beginning of an e-mail address, in any case; or of an id, from its eighth character on.",
    )
    is_active = QueryFlag(required=False)
    is_staff = QueryFlag(required=False)
    group = Text(max_length=NAME_MAX_LENGTH, required=False, help_text="The name of one.")
    created_after = Moment(required=False, help_text="Then, or later.")
    created_before = Moment(required=False, help_text="Earlier than then.")
    order = serializers.ChoiceField(
        choices=[(name.value, name.name) for name in OrderName], required=False, help_text=GOING_TOGETHER
    )


class GroupNames(serializers.ListField):
    def __init__(self, **kwargs: Any) -> None:
        child = Text(max_length=NAME_MAX_LENGTH)
        super().__init__(child=child, max_length=NAMES_AT_ONCE, required=False, **kwargs)


@example({"email": "ben@example.com", "first_name": "Ben", "groups": []})
class UserRequest(ProfileRequestSerializer):
    email = EmailAddress()
    email_verified = Flag(
        required=False, help_text="True: you vouch for it. It is, too, once they have set a password."
    )
    is_staff = Flag(required=False)
    is_superuser = Flag(required=False, help_text="For superusers to set.")
    groups = GroupNames(help_text="Names of groups that permit nothing that you may not do yourself.")
    expires_at = Moment(
        required=False, allow_null=True, help_text="From then on they are out, as if suspended; null: never."
    )

    class Meta:
        model = User
        fields = ["email", "email_verified", *PROFILE_FIELDS, "is_staff", "is_superuser", "groups", "expires_at"]


@example({"first_name": "Benjamin"})
class UserChangeRequest(UserRequest):
    email = EmailAddress(help_text="The old one is told. It is unverified until its owner, or you, verify it.")
    groups = GroupNames(help_text="All that they are to be in.")


class PasswordMailRequest(RequestSerializer):
    """Nothing: an empty object, or no body at all."""


class UserSessionResponse(serializers.ModelSerializer[Session]):
    last_used_at = serializers.DateTimeField(source="rotated_at")
    ip = serializers.IPAddressField(source="address", allow_null=True)
    amr = serializers.ListField(child=serializers.CharField(), help_text="RFC 8176.")

    class Meta:
        model = Session
        fields = ["id", "created_at", "last_used_at", "expires_at", "ip", "user_agent", "amr"]
        read_only_fields = fields
