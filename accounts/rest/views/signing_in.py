"""Register, log in, refresh, verify, log out."""

from typing import Final, assert_never

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.rest import cookies, problems
from accounts.rest.schema import AUTHENTICATED, COOKIE, TRANSPORT, answers
from accounts.rest.serializers.shaping import NOTHING, Nothing, shape
from accounts.rest.serializers.signing_in import (
    LoginRequest,
    LoginResponse,
    LogoutRequest,
    RefreshRequest,
    TokenResponse,
    VerifyRequest,
    VerifyResponse,
)
from accounts.rest.serializers.users import RegisterRequest, UserResponse, profile_in
from accounts.rest.views import cookie_mode as by_cookies
from accounts.rest.views.api import PublicView, TakesPassword
from accounts.services import cookie_mode, identification, refreshing, registration, sign_in, sign_out
from accounts.services.sign_in import SecondFactorRequired, SignedIn, SignInOutcome
from accounts.services.sign_out import LogoutScope

NO_REFRESH: Final = "Send the refresh token; or, in cookie mode, the cookies and `X-CSRF-Token`."


class RegisterView(TakesPassword, PublicView):
    @extend_schema(
        operation_id="register",
        tags=["Signing in"],
        request=RegisterRequest,
        responses=answers(
            {201: UserResponse, 202: Nothing},
            errors.EmailTaken,
            errors.RegistrationClosed,
            errors.TooManyAttempts,
            errors.Busy,
        ),
    )
    def post(self, request: Request) -> Response:
        """Make an account. The password needs length, not symbols: four unrelated words do. Where addresses are to be
        verified first the answer is 202, whether or not this one is taken, and the rest comes by mail.
        """
        body = self.read(RegisterRequest)
        user = registration.register(
            email=body["email"],
            password=body["password"],
            profile=profile_in(body),
            origin=self.origin,
        )
        if user is None:
            return Response(NOTHING, status=202)
        return Response(shape(UserResponse, user), status=201)


class LoginView(TakesPassword, PublicView):
    @extend_schema(
        operation_id="login",
        tags=["Signing in"],
        parameters=[TRANSPORT],
        request=LoginRequest,
        responses=answers(
            {200: LoginResponse},
            errors.InvalidCredentials,
            problems.SuspendedAtSignIn,
            errors.EmailNotVerified,
            errors.TokenInvalid,
            errors.CsrfFailed,
            errors.TokenTooLarge,
            errors.TooManyAttempts,
            errors.Busy,
            errors.KeysUnreadable,
        ),
    )
    def post(self, request: Request) -> Response:
        """Sign in with e-mail and password. The tokens are in the answer, or, where `X-Auth-Transport: cookie` asks for
        it, in cookies; the answer is a `CookieLoginResponse` then.
        """
        for_cookies = cookies.is_asked_for(request)
        match self._sign_in(for_cookies=for_cookies):
            case SignedIn() as signed_in if for_cookies:
                return by_cookies.signed_in(signed_in)
            case SignedIn(user=user, tokens=tokens):
                return Response(shape(TokenResponse, tokens) | {"user": shape(UserResponse, user)})
            case SecondFactorRequired():
                raise errors.SecondFactorMissing
            case outcome:
                assert_never(outcome)

    def _sign_in(self, *, for_cookies: bool) -> SignInOutcome:
        entered = self.read(LoginRequest)
        try:
            if for_cookies:
                return cookie_mode.begin(self.credentials, **entered, origin=self.origin)
            return sign_in.sign_in(**entered, origin=self.origin)
        except errors.AccountSuspended:
            raise problems.SuspendedAtSignIn from None


class RefreshView(PublicView):
    @extend_schema(
        operation_id="refresh",
        tags=["Signing in"],
        request=RefreshRequest,
        responses=answers(
            {200: TokenResponse},
            errors.NotAuthenticated,
            errors.TokenInvalid,
            errors.CsrfFailed,
            errors.InvalidRefreshToken,
            errors.RefreshTokenReused,
            errors.SessionRevoked,
            errors.AccountSuspended,
            errors.TokenTooLarge,
            errors.KeysUnreadable,
        ),
    )
    def post(self, request: Request) -> Response:
        """Get a new access token, and a new refresh token to store in place of the one sent. In cookie mode both come
        in cookies, `refresh` is left out, `X-CSRF-Token` is needed, and the answer is a `CookieTokenResponse`.
        """
        unverified_token = self.read(RefreshRequest).get("refresh")
        if unverified_token is None and self.credentials.is_in_cookie_mode:
            return by_cookies.renewed(self.credentials, self.origin)
        if unverified_token is None:
            raise errors.InvalidInput([errors.FieldError("refresh", "required", NO_REFRESH)])
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
            errors.ClientDisabled,
        ),
    )
    def post(self, request: Request) -> Response:
        """Learn whether an access token still holds, and whose it is. Anyone may ask."""
        identity = identification.identify(self.read(VerifyRequest)["token"])
        return Response(shape(VerifyResponse, identity.as_answer()))


class LogoutView(PublicView):
    @extend_schema(
        operation_id="logout",
        tags=["Signing in"],
        auth=[{"bearer": []}, COOKIE, {}],  # type: ignore[list-item]  # security requirements, as the docs have it
        request=LogoutRequest,
        responses=answers({204: None}, *AUTHENTICATED, errors.InvalidRefreshToken, errors.KeysUnreadable),
    )
    def post(self, request: Request) -> HttpResponseBase:
        """End this session, the others, or all; repeating does no harm. In cookie mode the cookies are removed, unless
        the others alone are ended; also with a 401, which says that the session goes on.
        """
        body = self.read(LogoutRequest)
        refresh = body.get("refresh")
        scope = LogoutScope(body.get("scope", LogoutScope.THIS))
        if refresh is None and self.credentials.is_in_cookie_mode:
            return by_cookies.signed_out(request, self.credentials, scope, self.origin)
        access = None if refresh else self.credentials.bearer()
        sign_out.sign_out(access=access, refresh=refresh, scope=scope, origin=self.origin)
        return Response(status=204)
