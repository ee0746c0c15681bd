"""Bodies of signing in, renewing, verifying and signing out."""

from typing import Any

from rest_framework import serializers

from accounts.models import Session
from accounts.rest.serializers.fields import Password, RequestSerializer, Text, Token, example
from accounts.rest.serializers.users import UserResponse
from accounts.services import csrf
from accounts.services.sign_out import LogoutScope


@example({"email": "ada@example.com", "password": "violet otters juggle maps"})
class LoginRequest(RequestSerializer):
    email = Text(max_length=320, help_text="In any case or Unicode form.")
    password = Password()


class RefreshRequest(RequestSerializer):
    refresh = Token(
        required=False,
        help_text="The newest refresh token; each answer carries the next one to store. Needed but in cookie mode.",
    )


class VerifyRequest(RequestSerializer):
    token = Token(help_text="An access token.")


@example({"scope": "this"})
class LogoutRequest(RequestSerializer):
    scope = serializers.ChoiceField(
        choices=[(s.value, s.name) for s in LogoutScope], required=False, help_text="`this` unless said otherwise."
    )
    refresh = Token(required=False, help_text="Instead of the Bearer token.")


@example({"current_password": "violet otters juggle maps", "new_password": "seven kites over helsinki"})
class PasswordChangeRequest(RequestSerializer):
    current_password = Password()
    new_password = Password()


class TokenResponse(serializers.Serializer[object]):
    """RFC 6749 section 5.1, with the names that simplejwt's clients know."""

    access = serializers.CharField()
    refresh = serializers.CharField(help_text="Store this one; the one before is superseded.")
    token_type = serializers.CharField(default="Bearer", read_only=True)
    expires_in = serializers.IntegerField(help_text="Seconds until `access` expires.")
    refresh_expires_in = serializers.IntegerField(help_text="Seconds until `refresh` expires, unless it is used.")


class LoginResponse(TokenResponse):
    user = UserResponse()


class CookieTokenResponse(serializers.Serializer[object]):
    """In cookie mode: the tokens are in cookies that no script can read."""

    csrf_token = serializers.CharField(help_text="For `X-CSRF-Token`; the same as long as the session is.")
    expires_in = serializers.IntegerField(help_text="Seconds until the access token expires.")
    refresh_expires_in = serializers.IntegerField(help_text="Seconds until the cookies expire, unless they're renewed.")


class CookieLoginResponse(CookieTokenResponse):
    user = UserResponse()


class CsrfResponse(serializers.Serializer[object]):
    csrf_token = serializers.CharField(help_text="For `X-CSRF-Token`; the same as long as the session is.")


class VerifyResponse(serializers.Serializer[object]):
    """The token holds, and this is whose it is, as of now."""

    active = serializers.BooleanField(default=True, read_only=True)
    token_type = serializers.CharField(default="access", read_only=True)
    sub = serializers.CharField(help_text="A user's id, or a service client's.")
    sid = serializers.CharField(help_text="The session's id, or that of the client's epoch.")
    client_id = serializers.CharField()
    exp = serializers.IntegerField(help_text="Seconds since the epoch.")
    iat = serializers.IntegerField(help_text="Seconds since the epoch.")
    scope = serializers.CharField(help_text="Of a service's token; empty for a person's.")
    groups = serializers.ListField(child=serializers.CharField())
    user = UserResponse(allow_null=True)


class SessionResponse(serializers.ModelSerializer[Session]):
    last_used_at = serializers.DateTimeField(source="rotated_at")
    ip = serializers.IPAddressField(source="address", allow_null=True)
    amr = serializers.ListField(child=serializers.CharField(), help_text="RFC 8176.")
    current = serializers.SerializerMethodField()
    csrf_token = serializers.CharField(required=False, help_text="In cookie mode, at the current one.")

    class Meta:
        model = Session
        fields = ["id", "created_at", "last_used_at", "expires_at", "ip", "user_agent", "amr", "current", "csrf_token"]
        read_only_fields = fields

    def get_current(self, session: Session) -> bool:
        return bool(session.pk == self.context["current_session_id"])

    def to_representation(self, session: Session) -> dict[str, Any]:
        shaped: dict[str, Any] = super().to_representation(session)
        if shaped["current"] and self.context["in_cookie_mode"]:
            shaped["csrf_token"] = csrf.token_of(session)
        return shaped
