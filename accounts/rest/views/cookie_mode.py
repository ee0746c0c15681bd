"""The halves of signing in, refreshing and logging out that are cookie mode's; and the CSRF token for a page."""

from dataclasses import asdict
from typing import Final

from django.http import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.credentials import Credentials
from accounts.principals import Origin
from accounts.rest import cookies, problems
from accounts.rest.schema import COOKIE, answers
from accounts.rest.serializers.shaping import shape
from accounts.rest.serializers.signing_in import CookieLoginResponse, CookieTokenResponse, CsrfResponse
from accounts.rest.views.api import PublicView
from accounts.services import cookie_mode, csrf
from accounts.services.sign_in import SignedIn
from accounts.services.sign_out import LogoutScope

UNAUTHORISED: Final = 401


def signed_in(outcome: SignedIn) -> Response:
    body = asdict(outcome.tokens) | {"csrf_token": csrf.token_of(outcome.session), "user": outcome.user}
    return cookies.hand_out(Response(shape(CookieLoginResponse, body)), outcome.tokens)


def renewed(credentials: Credentials, origin: Origin) -> Response:
    answer = cookie_mode.renew(credentials, origin=origin)
    body = asdict(answer.tokens) | {"csrf_token": answer.csrf_token}
    return cookies.hand_out(Response(shape(CookieTokenResponse, body)), answer.tokens)


def signed_out(request: Request, credentials: Credentials, scope: LogoutScope, origin: Origin) -> HttpResponseBase:
    """The cookies go with a 401, too: whoever signs out at somebody else's computer wants no more of them there. A page
    of somebody else gets no 401 but a 403.
    """
    answer = _ended(request, credentials, scope, origin)
    return answer if scope == LogoutScope.OTHERS else cookies.take_back(answer)


def _ended(request: Request, credentials: Credentials, scope: LogoutScope, origin: Origin) -> HttpResponseBase:
    try:
        cookie_mode.end(credentials, scope=scope, origin=origin)
    except errors.Refusal as refusal:
        problem = problems.problem_of(refusal)
        if problem is None or problem.status != UNAUTHORISED:
            raise
        return problems.plain_response(request, problem)
    return Response(status=204)


class CsrfView(PublicView):
    @extend_schema(
        operation_id="get_csrf_token",
        tags=["Signing in"],
        auth=[COOKIE],  # type: ignore[list-item]  # security requirements, as the docs have it
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
