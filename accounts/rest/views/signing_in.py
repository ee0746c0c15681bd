"""Register, log in, refresh, verify, log out."""

from dataclasses import asdict
from typing import assert_never

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.rest import cookies, problems
from accounts.rest.schema import AUTHENTICATED, COOKIE, TRANSPORT, answers
from accounts.rest.serializers.shaping import shape
from accounts.rest.serializers.signing_in import (
    CookieLoginResponse,
    CookieTokenResponse,
    CsrfResponse,
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
from accounts.services import cookie_mode, csrf, identification, refreshing, registration, sign_in, sign_out
from accounts.services.sign_in import SecondFactorRequired, SignedIn, SignInOutcome
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
        parameters=[TRANSPORT],
        request=LoginRequest,
        responses=answers(
            {200: LoginResponse},
            errors.InvalidCredentials,
            problems.SuspendedAtSignIn,
            errors.CsrfFailed,
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
        if for_cookies:
            csrf.refuse_foreign(self.credentials)
        match self._sign_in():
            case SignedIn() as signed_in if for_cookies:
                return _signed_in_by_cookies(signed_in)
            case SignedIn(user=user, tokens=tokens):
                return Response(shape(LoginResponse, asdict(tokens) | {"user": user}))
            case SecondFactorRequired():
                raise errors.SecondFactorMissing
            case outcome:
                assert_never(outcome)

    def _sign_in(self) -> SignInOutcome:
        try:
            return sign_in.sign_in(**self.read(LoginRequest).validated_data, origin=self.origin)
        except errors.AccountSuspended:
            raise problems.SuspendedAtSignIn from None


def _signed_in_by_cookies(signed_in: SignedIn) -> Response:
    csrf_token = csrf.token_of(signed_in.session)
    body = asdict(signed_in.tokens) | {"csrf_token": csrf_token, "user": signed_in.user}
    return cookies.hand_out(Response(shape(CookieLoginResponse, body)), signed_in.tokens)


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
            errors.KeysUnreadable,
        ),
    )
    def post(self, request: Request) -> Response:
        """Get a new access token, and a new refresh token to store in place of the one sent. In cookie mode both come
        in cookies, `refresh` is left out, and the answer is a `CookieTokenResponse`.
        """
        unverified_token = self.read(RefreshRequest).validated_data.get("refresh")
        if unverified_token is None and self.credentials.is_in_cookie_mode:
            renewed = cookie_mode.renew(self.credentials, origin=self.origin)
            body = asdict(renewed.tokens) | {"csrf_token": renewed.csrf_token}
            return cookies.hand_out(Response(shape(CookieTokenResponse, body)), renewed.tokens)
        if unverified_token is None:
            raise errors.InvalidInput([errors.FieldError("refresh", "required", "This field is required.")])
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
        identity = identification.identify(self.read(VerifyRequest).validated_data["token"])
        return Response(shape(VerifyResponse, identity.as_answer()))


class LogoutView(PublicView):
    @extend_schema(
        operation_id="logout",
        tags=["Signing in"],
        auth=[{"bearer": []}, COOKIE, {}],  # type: ignore[list-item]  # security requirements, as the docs have it
        request=LogoutRequest,
        responses=answers({204: None}, *AUTHENTICATED, errors.InvalidRefreshToken, errors.KeysUnreadable),
    )
    def post(self, request: Request) -> Response:
        """End this session, the others, or all; repeating does no harm. In cookie mode the cookies are removed, unless
        the others alone are ended.
        """
        body = self.read(LogoutRequest).validated_data
        refresh = body.get("refresh")
        scope = LogoutScope(body.get("scope", LogoutScope.THIS))
        if refresh is None and self.credentials.is_in_cookie_mode:
            cookie_mode.end(self.credentials, scope=scope, origin=self.origin)
            answer = Response(status=204)
            return answer if scope == LogoutScope.OTHERS else cookies.take_back(answer)
        access = None if refresh else self.credentials.bearer
        sign_out.sign_out(access=access, refresh=refresh, scope=scope, origin=self.origin)
        return Response(status=204)


class CsrfView(PublicView):
    @extend_schema(
        operation_id="get_csrf_token",
        tags=["Signing in"],
        auth=[COOKIE],  # type: ignore[list-item]
        responses=answers(
            {200: CsrfResponse},
            errors.NotAuthenticated,
            errors.TokenInvalid,
            errors.InvalidRefreshToken,
            errors.SessionRevoked,
            errors.AccountSuspended,
            errors.CsrfFailed,
            errors.KeysUnreadable,
            takes_body=False,
        ),
    )
    def get(self, request: Request) -> Response:
        """The CSRF token of the cookies' session, for a page that has just been loaded. Also when the access token has
        expired.
        """
        return Response({"csrf_token": cookie_mode.csrf_token(self.credentials)})
