"""The gateway door: a proxy asks here, with its client's own headers, before it lets a request through to a service."""

from collections.abc import Iterable
from typing import Any, Final

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.credentials import forwarded_credentials_of
from accounts.rest.negotiation import Negotiation
from accounts.rest.schema import COOKIE, OPEN_TO_SERVICES, answers
from accounts.rest.views.api import ApiView
from accounts.services import callers, forwarding

DEMANDS: Final = ("scope", "group")
DEMANDED: Final = "Demanded; may be repeated, and all must hold. An empty one never does."
IDENTITY: Final = {
    "X-Auth-User-Id": "The user's id; empty for a service client.",
    "X-Auth-Email": "The user's address; empty for a service client.",
    "X-Auth-Groups": "The names of the user's groups, separated by commas.",
    "X-Auth-Client-Id": "Whom the token was issued to: a service client's id, or the first-party client's.",
    "X-Auth-Scope": "The scopes of a service client's token, separated by spaces; empty for a user.",
}
PARAMETERS: Final = [
    *(OpenApiParameter(name, str, many=True, description=DEMANDED) for name in DEMANDS),
    *(
        OpenApiParameter(name, str, OpenApiParameter.HEADER, response=[200], description=f"{what} Percent-encoded.")
        for name, what in IDENTITY.items()
    ),
]


class Indifferent(Negotiation):
    """The headers are those of another request, to another service: what it accepts or carries is not asked here."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


class ForwardView(ApiView):
    """Answers to any method, and to any path below its own: gateways hand on those of their client."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    content_negotiation_class = Indifferent
    http_method_names = ["get"]
    default_response_headers: dict[str, str] = {}  # no `Allow`: whatever is sent is allowed

    @extend_schema(
        operation_id="forward_auth",
        tags=["For other services"],
        auth=[{"bearer": []}, COOKIE],  # type: ignore[list-item]  # the hint knows of names alone
        parameters=PARAMETERS,
        responses=answers({200: None}, *OPEN_TO_SERVICES, errors.CsrfFailed, takes_body=False),
    )
    def get(self, request: Request) -> Response:
        """Whether a gateway may let a request pass, and whose it is. Any method, and any path below, is answered alike;
        the body is empty, and what comes in as `X-Auth-*` is ignored.
        """
        identity = callers.identify(forwarded_credentials_of(request.META))
        demands = request.query_params
        _refuse_mistyped(demands)
        scopes = [scope for demand in demands.getlist("scope") for scope in demand.split(" ")]
        forwarding.require(identity, scopes=scopes, groups=demands.getlist("group"))
        return Response(headers=forwarding.identity_headers(identity))

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return self.get(request)


def _refuse_mistyped(names: Iterable[str]) -> None:
    """What looks like a demand and is none (`groups`, `Scope`, `group[]`) must not open the door."""
    for name in names:
        if name not in DEMANDS and name.casefold().startswith(DEMANDS):
            raise errors.PermissionDenied("A demand of the gateway's is mistyped: it is `scope` or `group`.")
