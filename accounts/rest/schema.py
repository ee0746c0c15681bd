"""What the OpenAPI document says beyond what the views say themselves."""

from collections import defaultdict
from http import HTTPStatus
from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from accounts import errors, policy
from accounts.credentials import PREFIXED, SAFE_METHODS
from accounts.rest import cookies, problems
from accounts.rest.serializers.signing_in import CookieLoginResponse, CookieTokenResponse, CsrfResponse
from accounts.services.authorisation import Action

AUTHENTICATED: Final = (
    errors.NotAuthenticated,
    errors.TokenInvalid,
    errors.TokenExpired,
    errors.WrongTokenType,
    errors.SessionRevoked,
    errors.AccountSuspended,
    errors.ClientDisabled,
    errors.PermissionDenied,  # a service client, where a person is needed; or a person who may not
)
OPEN_TO_SERVICES: Final = (*AUTHENTICATED, errors.InsufficientScope)
COOKIE: Final[dict[str, list[Any]]] = {"cookie": []}
CSRF: Final[dict[str, list[Any]]] = {"csrf": []}
COOKIE_MODE: Final = (
    "Set by `POST /auth/login` with `X-Auth-Transport: cookie`, for pages of this origin; without the prefix in "
    "development over http. `POST /auth/refresh` and `POST /auth/logout` take the cookies, too."
)
CSRF_HEADER: Final = "`csrf_token` from the sign-in, the refresh, or `GET /auth/csrf`. Needed with the cookie alone."
TRANSPORT: Final = OpenApiParameter(
    cookies.TRANSPORT_HEADER,
    str,
    OpenApiParameter.HEADER,
    enum=[cookies.TRANSPORT],
    description="`cookie`: the tokens come in cookies, and the answer is a `CookieLoginResponse`.",
)
WITH_BODY: Final = ("invalid_input", "unknown_field", "malformed_body", "body_too_large", "unsupported_media_type")


class FieldProblem(serializers.Serializer[object]):
    field = serializers.CharField(help_text="The member's name; dots lead inwards.")
    code = serializers.CharField(help_text="Stable.")
    detail = serializers.CharField(help_text="What to do.")


class Problem(serializers.Serializer[object]):
    """RFC 9457. `code` is stable and is what programs should look at; `type` leads to a page that explains it."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    errors = FieldProblem(many=True, required=False)  # type: ignore[assignment]  # the document's own word


class CallerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Bearer or cookie; `guard_cookies` adds the CSRF token to what may change something."""

    target_class = "accounts.rest.authentication.BearerAuthentication"
    name = ["bearer", "cookie", "csrf"]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[Any]]]:
        people: list[dict[str, list[Any]]] = [{"bearer": []}, dict(COOKIE)]
        actions = getattr(auto_schema.view, "actions", None)
        return people if actions is None else people + by_client_token(actions[auto_schema.method.lower()])

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        for answer in (CookieLoginResponse, CookieTokenResponse, CsrfResponse):
            auto_schema.resolve_serializer(answer, "response")  # named in descriptions alone: a status has one answer
        bearer = {"scheme": "bearer", "bearerFormat": "JWT", "description": "`access` from `POST /auth/login`."}
        cookie = {"in": "cookie", "name": PREFIXED.access, "description": COOKIE_MODE}
        csrf = {"in": "header", "name": "X-CSRF-Token", "description": CSRF_HEADER}
        return [{"type": "http"} | bearer, {"type": "apiKey"} | cookie, {"type": "apiKey"} | csrf]


def by_client_token(action: Action) -> list[dict[str, list[Any]]]:
    """Who may call by a service client's token; each of the scopes is enough."""
    return [{"client_token": [str(scope)]} for scope in policy.SCOPES[action]]


def answers(
    good: dict[int | tuple[int, str], Any], *refusals: type[errors.Refusal], takes_body: bool = True
) -> dict[int | tuple[int, str], Any]:
    """The answers of one operation: the good ones, and a problem document per status with the codes it may bear."""
    codes: dict[int, list[str]] = defaultdict(list)
    for code in WITH_BODY if takes_body else ():
        codes[problems.STATUS_BY_CODE[code]].append(code)
    for refusal in refusals:
        codes[problems.status_of(refusal)].append(refusal.code)
    codes[503].append(errors.TemporarilyUnavailable.code)
    documented: dict[int | tuple[int, str], Any] = {
        (status, problems.CONTENT_TYPE): OpenApiResponse(
            Problem, description=" · ".join(f"`{code}`" for code in dict.fromkeys(names))
        )
        for status, names in sorted(codes.items())
    }
    return good | documented


def drop_slashed_routes(endpoints: list[tuple[str, str, str, Any]]) -> list[tuple[str, str, str, Any]]:
    """The twin of each route with a trailing slash is a courtesy, not part of the document."""
    return [endpoint for endpoint in endpoints if not endpoint[0].endswith("/")]


def summarise_operations(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """The first sentence of an operation's description is its summary, as lists of operations show it."""
    for operation in _operations(result):
        operation["summary"] = operation["description"].partition(". ")[0].removesuffix(".")
    return result


def describe_answers(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """A good answer that says nothing of itself is called what HTTP calls it; the member may not be empty."""
    for operation in _operations(result):
        for status, answer in operation["responses"].items():
            answer["description"] = answer["description"] or HTTPStatus(int(status)).phrase
    return result


def guard_cookies(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """With the cookie, whatever may change something takes the CSRF token as well, or is refused."""
    for path in result["paths"].values():
        for method, operation in path.items():
            if method.upper() in SAFE_METHODS or COOKIE not in operation.get("security", []):
                continue
            operation["security"] = [each | CSRF if each == COOKIE else each for each in operation["security"]]
            refused = operation["responses"]["403"]
            if errors.CsrfFailed.code not in refused["description"]:
                refused["description"] += f" · `{errors.CsrfFailed.code}`"
    return result


def suit_generators(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Says what generated clients would otherwise get wrong."""
    for operation in _operations(result):
        if operation.get("security") == [{}]:
            operation["security"] = []  # "no token, or none": a client would ask its caller for one
    for name, schema in result["components"]["schemas"].items():
        if name.endswith("Request") and not name.endswith(("FormRequest", "JsonRequest")):  # OAuth's ignore others
            schema["additionalProperties"] = False
        if name.endswith("Response"):
            for member in schema["properties"].values():
                member.pop("readOnly", None)  # answers are never sent; a client would drop it from its own copy
    return result


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]
