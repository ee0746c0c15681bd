"""Forms and answers of the OAuth endpoints. What the forms do not name is ignored (RFC 6749 section 3.2).

Each form has a twin, because generated clients tell the media type of a body by its class.
"""

from typing import Any

from drf_spectacular.drainage import set_override
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.rest.serializers.fields import Text

ONE_OR_MANY = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


class AnyToken(serializers.CharField):
    """Any text at all, exactly as it came: what is no token gets the answer of one that is over, and no other."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, **kwargs)
        self.validators = []  # those of DRF refuse NUL and lone surrogates

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class CredentialsForm(serializers.Serializer[Any]):
    client_id = Text(required=False, trim_whitespace=False, help_text="Instead of HTTP Basic.")
    client_secret = Text(required=False, trim_whitespace=False, help_text="Instead of HTTP Basic.")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """drf-spectacular adds `Request` to the name of whatever is taken."""
        super().__init_subclass__(**kwargs)
        set_override(cls, "component_name", cls.__name__)


class TokenForm(CredentialsForm):
    """RFC 6749 section 4.4.2."""

    grant_type = Text(help_text="`client_credentials`.")
    scope = Text(required=False, help_text="Separated by spaces; all that the client has, unless said otherwise.")


class IntrospectionForm(CredentialsForm):
    """RFC 7662 section 2.1."""

    token = AnyToken(help_text="An access token, of a person or of a service client.")
    token_type_hint = Text(required=False, help_text="Taken and not needed.")


class RevocationForm(CredentialsForm):
    """RFC 7009 section 2.1."""

    token = AnyToken(help_text="A person's access token, also when it is expired, or refresh token.")
    token_type_hint = Text(required=False, help_text="Taken and not needed.")


class TokenJson(TokenForm):
    """The same as JSON."""


class IntrospectionJson(IntrospectionForm):
    """The same as JSON."""


class RevocationJson(RevocationForm):
    """The same as JSON."""


class ClientTokenResponse(serializers.Serializer[object]):
    """RFC 6749 section 5.1."""

    access_token = serializers.CharField()
    token_type = serializers.CharField(default="Bearer", read_only=True)
    expires_in = serializers.IntegerField(help_text="Seconds until it expires.")
    scope = serializers.CharField(required=False, help_text="Separated by spaces; not there if there is none.")


class IntrospectionResponse(serializers.Serializer[object]):
    """RFC 7662 section 2.2. Of a token that is not active, `active` alone is told.

    Beside these, what AUTH_ACCESS_CLAIMS asks for, as of now.
    """

    active = serializers.BooleanField()
    token_type = serializers.CharField(required=False, help_text="`Bearer`.")
    iss = serializers.CharField(required=False)
    sub = serializers.CharField(required=False, help_text="A user's id, or a service client's.")
    aud = extend_schema_field(ONE_OR_MANY)(serializers.JSONField)(required=False)
    exp = serializers.IntegerField(required=False, help_text="Seconds since the epoch.")
    iat = serializers.IntegerField(required=False, help_text="Seconds since the epoch.")
    nbf = serializers.IntegerField(required=False, help_text="Seconds since the epoch.")
    jti = serializers.CharField(required=False)
    sid = serializers.CharField(required=False, help_text="The session's id, or that of the client's epoch.")
    client_id = serializers.CharField(required=False)
    scope = serializers.CharField(required=False, help_text="Of a service's token; separated by spaces.")
    username = serializers.CharField(required=False, help_text="A person's e-mail address, as of now.")
    groups = serializers.ListField(child=serializers.CharField(), required=False, help_text="A person's, as of now.")
    auth_time = serializers.IntegerField(required=False, help_text="When the person signed in.")
    amr = serializers.ListField(child=serializers.CharField(), required=False, help_text="How; RFC 8176.")


class OAuthError(serializers.Serializer[object]):
    """RFC 6749 section 5.2."""

    error = serializers.CharField(help_text="Stable.")
    error_uri = serializers.URLField(required=False, help_text="A page that explains it.")
    error_description = serializers.CharField(help_text="What to do.")


class MetadataResponse(serializers.Serializer[object]):
    """RFC 8414 section 2."""

    issuer = serializers.URLField()
    jwks_uri = serializers.URLField()
    token_endpoint = serializers.URLField()
    introspection_endpoint = serializers.URLField()
    revocation_endpoint = serializers.URLField()
    service_documentation = serializers.URLField()
    grant_types_supported = serializers.ListField(child=serializers.CharField())
    response_types_supported = serializers.ListField(child=serializers.CharField())
    scopes_supported = serializers.ListField(child=serializers.CharField())
    token_endpoint_auth_methods_supported = serializers.ListField(child=serializers.CharField())
    introspection_endpoint_auth_methods_supported = serializers.ListField(child=serializers.CharField())
    revocation_endpoint_auth_methods_supported = serializers.ListField(child=serializers.CharField())
