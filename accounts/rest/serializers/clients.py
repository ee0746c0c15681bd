"""Service clients and their secrets: as asked for, and as answered."""

from typing import Any, Final

from rest_framework import serializers

from accounts.models import ClientSecret, Scope, ServiceClient
from accounts.models.clients import MAX_SCOPES, NAME_MAX_LENGTH, SCOPE_MAX_LENGTH
from accounts.rest.serializers.fields import Flag, RequestSerializer, Text, answer_examples, example
from accounts.services import fields
from accounts.services.clients import client_secrets

MEANT_HERE: Final = ", ".join(f"`{scope}`" for scope in Scope)
SECRET: Final[dict[str, Any]] = {
    "id": "1a7e6f4c-4b57-4d0c-8a39-6a2b9f3d5e10",
    "created_at": "2030-01-31T08:00:00Z",
    "last_used_at": None,
    "under_present_key": True,
}
SHOWN_ONCE: Final = {"secret": "authservice_secret_…"}
CLIENT: Final[dict[str, Any]] = {
    "id": "svc_mfrggzdfmztwq2lkmfrggzdf",
    "name": "Orders",
    "scopes": ["notices:read", "users:read"],
    "holds_personal_data": True,
    "is_active": True,
    "created_at": "2030-01-31T08:00:00Z",
    "secrets": [SECRET],
}


class ScopeList(serializers.ListField):
    """RFC 6749 section 3.3. Sorted, and each once, when it is answered."""

    def __init__(self, **kwargs: Any) -> None:
        child = Text(max_length=SCOPE_MAX_LENGTH, validators=[fields.is_scope])
        meaning = f"At most these are in its tokens. This service heeds {MEANT_HERE}; others are for other services."
        super().__init__(child=child, max_length=MAX_SCOPES, help_text=meaning, **kwargs)
        self.validators.append(fields.fit_into_a_token)


@example({"name": "Orders", "scopes": ["notices:read", "users:read"], "holds_personal_data": True})
class ClientRequest(RequestSerializer):
    name = Text(max_length=NAME_MAX_LENGTH, help_text="What it is, for people.")
    scopes = ScopeList(required=False)
    holds_personal_data = Flag(required=False, help_text="Deletions wait until it has acknowledged them.")


@example({"scopes": ["users:read"]})
class ClientChangeRequest(ClientRequest):
    is_active = Flag(help_text="False: nobody gets in with its secrets, and its tokens end.")
    end_tokens = Flag(help_text="End the tokens that it has; with its secret it gets new ones.")


class ClientSecretRequest(RequestSerializer):
    """Nothing: an empty object, or no body at all."""


class ClientSecretResponse(serializers.ModelSerializer[ClientSecret]):
    """What is known of a secret, which itself is kept as a keyed hash alone."""

    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the hour.")
    under_present_key = serializers.SerializerMethodField(
        help_text="False: it needs an entry of `SECRET_KEY_FALLBACKS` until it is used again."
    )

    class Meta:
        model = ClientSecret
        fields = ["id", "created_at", "last_used_at", "under_present_key"]
        read_only_fields = fields

    def get_under_present_key(self, secret: ClientSecret) -> bool:
        return client_secrets.is_under_present_key(secret.digest)


@answer_examples({"A new secret": SECRET | SHOWN_ONCE})
class NewSecretResponse(ClientSecretResponse):
    secret = serializers.CharField(read_only=True, help_text="Shown here, and never again.")

    class Meta(ClientSecretResponse.Meta):
        fields = [*ClientSecretResponse.Meta.fields, "secret"]
        read_only_fields = fields


@answer_examples({"A client": CLIENT})
class ClientResponse(serializers.ModelSerializer[ServiceClient]):
    scopes = serializers.ListField(child=serializers.CharField(), help_text="Sorted.")
    secrets = ClientSecretResponse(many=True, source="live_secrets", help_text="Those that are not revoked.")

    class Meta:
        model = ServiceClient
        fields = ["id", "name", "scopes", "holds_personal_data", "is_active", "created_at", "secrets"]
        read_only_fields = fields


@answer_examples({"A new client": CLIENT | SHOWN_ONCE})
class NewClientResponse(ClientResponse):
    secret = serializers.CharField(read_only=True, help_text="Shown here, and never again.")

    class Meta(ClientResponse.Meta):
        fields = [*ClientResponse.Meta.fields, "secret"]
        read_only_fields = fields
