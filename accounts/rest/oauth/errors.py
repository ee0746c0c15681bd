"""Says a refusal in the form of RFC 6749 section 5.2; statuses and headers are those of the problem that it is."""

import re
from typing import Any, Final

from django.http import HttpResponse, JsonResponse
from rest_framework.exceptions import APIException

from accounts.rest import problems
from accounts.rest.oauth.forms import FormParser
from accounts.rest.parsers import StrictJSONParser
from accounts.rest.problems import Problem

INVALID_REQUEST: Final = "invalid_request"
INVALID_CLIENT: Final = "invalid_client"
INVALID_TOKEN: Final = "invalid_token"  # noqa: S105 - an error code
BASIC: Final = 'Basic realm="authservice"'
NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749 section 5.1 has both
ALSO_OAUTH: Final = frozenset(
    {INVALID_CLIENT, "invalid_scope", "insufficient_scope", "unsupported_token_type", "temporarily_unavailable"}
)
"""Problem codes that are OAuth's own."""

BY_STATUS: Final = {401: INVALID_TOKEN, 503: "temporarily_unavailable"}
NOT_IN_A_DESCRIPTION: Final = re.compile(r"[^\x20\x21\x23-\x5b\x5d-\x7e]")
"""RFC 6749 section 5.2."""

TYPEWRITTEN: Final = str.maketrans(
    {"\N{HORIZONTAL ELLIPSIS}": "...", "\N{EN DASH}": "-", "\\": "/"} | dict.fromkeys('"“”‘’', "'")
)
"""What our texts may have and a description may not."""

MEDIA_TYPES: Final = f"Send {FormParser.media_type} or {StrictJSONParser.media_type}."


class InvalidRequest(APIException):
    """Known to OAuth alone: no problem has this code."""

    status_code = 400
    default_code = INVALID_REQUEST


class UnsupportedGrantType(InvalidRequest):
    default_code = "unsupported_grant_type"
    default_detail = "There is `client_credentials`; people sign in at /auth/login."


def exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's hook, in place of that of `problems`."""
    if isinstance(exc, InvalidRequest):
        return _response({"error": exc.default_code}, str(exc.detail), exc.status_code)
    if (problem := problems.problem_of(exc)) is None:
        return None
    error = _error_of(problem)
    named = {"error": error}
    if error != INVALID_REQUEST:
        named["error_uri"] = problem.uri
    challenge = {"WWW-Authenticate": BASIC} if error == INVALID_CLIENT else {}
    return _response(named, _description_of(problem), problem.status, **problem.headers | challenge)


def _response(named: dict[str, str], description: str, status: int, **headers: str) -> HttpResponse:
    document = named | {"error_description": NOT_IN_A_DESCRIPTION.sub("?", description.translate(TYPEWRITTEN))}
    return JsonResponse(document, status=status, headers=NO_STORE | headers)


def _error_of(problem: Problem) -> str:
    """`invalid_token` is of RFC 6750, for who calls with a token."""
    return problem.code if problem.code in ALSO_OAUTH else BY_STATUS.get(problem.status, INVALID_REQUEST)


def _description_of(problem: Problem) -> str:
    if problem.code == "unsupported_media_type":
        return MEDIA_TYPES
    return " ".join(f"{each.field}: {each.detail}" for each in problem.fields) or problem.detail
