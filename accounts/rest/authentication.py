"""`Authorization: Bearer <access>`, or a browser's cookie, to whoever stands behind it, through the one gate."""

from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import Token

from accounts.credentials import credentials_of
from accounts.models import ServiceClient, User
from accounts.services import callers


class BearerAuthentication(JWTAuthentication):
    """RFC 6750 section 2.1, or cookie mode: a token in a query string or a form is never read.

    `request.user` is the User or the ServiceClient, `request.auth` the AccessToken.
    """

    www_authenticate_realm = "authservice"

    def authenticate(self, request: Request) -> tuple[User | ServiceClient, Token] | None:  # type: ignore[override]
        identity = callers.find(credentials_of(request.META))
        return None if identity is None else (identity.holder, identity.token)

    def authenticate_header(self, request: Request) -> str:
        return f'Bearer realm="{self.www_authenticate_realm}"'
