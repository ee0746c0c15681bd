"""What the OpenAPI document says of the OAuth endpoints."""

from collections import defaultdict
from typing import Any, Final

from drf_spectacular.utils import OpenApiResponse
from rest_framework.serializers import BaseSerializer

from accounts import errors
from accounts.models import Scope
from accounts.rest import problems
from accounts.rest.oauth.errors import INVALID_REQUEST
from accounts.rest.oauth.forms import FormParser
from accounts.rest.parsers import StrictJSONParser
from accounts.rest.serializers.oauth import OAuthError

OAUTH_PATHS: Final = frozenset({"/auth/token", "/auth/introspect", "/auth/revoke"})
SCOPES: Final = {
    Scope.TOKENS_INTROSPECT.value: "Ask what a token is worth.",
    Scope.USERS_READ.value: "Read about people.",
    Scope.NOTICES_READ.value: "Follow the log of notices.",
    Scope.USERS_ADMIN.value: "Do what members of staff do.",
}
IN_BODY: Final[dict[str, list[str]]] = {}
"""No scheme of OpenAPI's: the credentials stand in the body."""

SCHEMES: Final[dict[str, Any]] = {
    "client_secret": {
        "type": "http",
        "scheme": "basic",
        "description": "A service client's id and secret. `client_id` and `client_secret` in the body do as well.",
    },
    "client_token": {
        "type": "oauth2",
        "description": "A service client's own access token.",
        "flows": {"clientCredentials": {"tokenUrl": "/auth/token", "scopes": SCOPES}},
    },
}


def complete(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """What no view says: the schemes beside those of DRF's own authentication, and what suits generated clients."""
    result["components"]["securitySchemes"] |= SCHEMES
    for path in OAUTH_PATHS & result["paths"].keys():
        # openapi-python-client forgets an import where one of two bodies is demanded.
        result["paths"][path]["post"]["requestBody"]["required"] = False
    return result


def oauth_request(form: type[BaseSerializer[Any]], as_json: type[BaseSerializer[Any]]) -> dict[str, Any]:
    """JSON first: openapi-generator makes a body of the first, and sends it as JSON whichever that is."""
    return {StrictJSONParser.media_type: as_json, FormParser.media_type: form}


def oauth_answers(
    good: dict[Any, Any], *refusals: type[errors.Refusal], others: dict[int, str] | None = None
) -> dict[Any, Any]:
    """The good answers, and an OAuthError per status with the codes it may bear; `others` are no refusals of ours."""
    codes: dict[int, list[str]] = defaultdict(list)
    for status in (400, 413, 415):
        codes[status].append(INVALID_REQUEST)
    refused: list[type[errors.Refusal]] = [*refusals, errors.TemporarilyUnavailable]
    for refusal in refused:
        codes[problems.status_of(refusal)].append(refusal.code)
    for status, code in (others or {}).items():
        codes[status].append(code)
    documented = {
        status: OpenApiResponse(OAuthError, description=" · ".join(f"`{code}`" for code in names))
        for status, names in sorted(codes.items())
    }
    return good | documented
