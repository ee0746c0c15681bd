"""`Authorization: Bearer <access>` to whoever stands behind it, through the one gate."""

from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import Token

from accounts.models import User
from accounts.principals import bearer_token
from accounts.services import identification


class BearerAuthentication(JWTAuthentication):
    """RFC 6750 section 2.1 alone: a token in a query string or a form is never read.

    `request.user` is the User, `request.auth` the AccessToken.
    """

    www_authenticate_realm = "authservice"

    def authenticate(self, request: Request) -> tuple[User, Token] | None:  # type: ignore[override]
        if (unverified_token := bearer_token(request.META.get("HTTP_AUTHORIZATION", ""))) is None:
            return None
        identity = identification.identify(unverified_token)
        return identity.user, identity.token

    def authenticate_header(self, request: Request) -> str:
        return f'Bearer realm="{self.www_authenticate_realm}"'
