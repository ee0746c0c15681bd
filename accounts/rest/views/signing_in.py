"""Register, log in, refresh, verify, log out."""

from dataclasses import asdict
from typing import assert_never

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.principals import bearer_token
from accounts.rest import problems
from accounts.rest.schema import AUTHENTICATED, answers
from accounts.rest.serializers.shaping import shape
from accounts.rest.serializers.signing_in import (
    LoginRequest,
    LoginResponse,
    LogoutRequest,
    RefreshRequest,
    TokenResponse,
    VerifyRequest,
    VerifyResponse,
)
from accounts.rest.serializers.users import RegisterRequest, UserResponse
from accounts.rest.views.api import ApiView
from accounts.services import identification, refreshing, registration, sign_in, sign_out
from accounts.services.sign_in import SecondFactorRequired, SignedIn
from accounts.services.sign_out import LogoutScope


class PublicView(ApiView):
    """Needs no token and looks at none."""

    authentication_classes = ()
    permission_classes = (AllowAny,)


class RegisterView(PublicView):
    @extend_schema(
        operation_id="register",
        tags=["Signing in"],
        request=RegisterRequest,
        responses=answers({201: UserResponse}, errors.EmailTaken, errors.RegistrationClosed, errors.Busy),
    )
    def post(self, request: Request) -> Response:
        """Make an account. The password needs length, not symbols: four unrelated words do."""
        body = self.read(RegisterRequest)
        user = registration.register(
            email=body.validated_data["email"],
            password=body.validated_data["password"],
            profile=body.profile,
            origin=self.origin,
        )
        return Response(shape(UserResponse, user), status=201)


class LoginView(PublicView):
    @extend_schema(
        operation_id="login",
        tags=["Signing in"],
        request=LoginRequest,
        responses=answers(
            {200: LoginResponse},
            errors.InvalidCredentials,
            problems.SuspendedAtSignIn,
            errors.TooManyAttempts,
            errors.Busy,
            errors.KeysUnreadable,
        ),
    )
    def post(self, request: Request) -> Response:
        """Sign in with e-mail and password."""
        try:
            outcome = sign_in.sign_in(**self.read(LoginRequest).validated_data, origin=self.origin)
        except errors.AccountSuspended:
            raise problems.SuspendedAtSignIn from None
        match outcome:
            case SignedIn(user=user, tokens=tokens):
                return Response(shape(LoginResponse, asdict(tokens) | {"user": user}))
            case SecondFactorRequired():
                raise errors.SecondFactorMissing
            case _:
                assert_never(outcome)


class RefreshView(PublicView):
    @extend_schema(
        operation_id="refresh",
        tags=["Signing in"],
        request=RefreshRequest,
        responses=answers(
            {200: TokenResponse},
            errors.InvalidRefreshToken,
            errors.RefreshTokenReused,
            errors.SessionRevoked,
            errors.AccountSuspended,
            errors.KeysUnreadable,
        ),
    )
    def post(self, request: Request) -> Response:
        """Get a new access token, and a new refresh token to store in place of the one sent."""
        unverified_token = self.read(RefreshRequest).validated_data["refresh"]
        return Response(shape(TokenResponse, refreshing.refresh(unverified_token=unverified_token, origin=self.origin)))


class VerifyView(PublicView):
    @extend_schema(
        operation_id="verify",
        tags=["Signing in"],
        request=VerifyRequest,
        responses=answers(
            {200: VerifyResponse},
            errors.TokenInvalid,
            errors.TokenExpired,
            errors.WrongTokenType,
            errors.SessionRevoked,
            errors.AccountSuspended,
        ),
    )
    def post(self, request: Request) -> Response:
        """Learn whether an access token still holds, and whose it is. Anyone may ask."""
        identity = identification.identify(self.read(VerifyRequest).validated_data["token"])
        return Response(shape(VerifyResponse, identity.as_answer()))


class LogoutView(PublicView):
    @extend_schema(
        operation_id="logout",
        tags=["Signing in"],
        auth=[{"bearer": []}, {}],  # type: ignore[list-item]  # security requirements, as the docs have it
        request=LogoutRequest,
        responses=answers({204: None}, *AUTHENTICATED, errors.InvalidRefreshToken, errors.KeysUnreadable),
    )
    def post(self, request: Request) -> Response:
        """End this session, the others, or all; repeating does no harm."""
        body = self.read(LogoutRequest).validated_data
        refresh = body.get("refresh")
        access = None if refresh else bearer_token(request.META.get("HTTP_AUTHORIZATION", ""))
        scope = LogoutScope(body.get("scope", LogoutScope.THIS))
        sign_out.sign_out(access=access, refresh=refresh, scope=scope, origin=self.origin)
        return Response(status=204)
