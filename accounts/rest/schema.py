"""What the OpenAPI document says beyond what the views say themselves."""

from collections import defaultdict
from http import HTTPStatus
from typing import Any, Final

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from accounts import errors
from accounts.rest import problems

AUTHENTICATED: Final = (
    errors.NotAuthenticated,
    errors.TokenInvalid,
    errors.TokenExpired,
    errors.WrongTokenType,
    errors.SessionRevoked,
    errors.AccountSuspended,
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


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.rest.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "`access` from `POST /auth/login`.",
        }


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
        (status, problems.CONTENT_TYPE): OpenApiResponse(Problem, description=" · ".join(f"`{code}`" for code in names))
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


def suit_generators(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Says what generated clients would otherwise get wrong."""
    for operation in _operations(result):
        if operation.get("security") == [{}]:
            operation["security"] = []  # "no token, or none": a client would ask its caller for one
    for name, schema in result["components"]["schemas"].items():
        if name.endswith("Request"):
            schema["additionalProperties"] = False
        if name.endswith("Response"):
            for member in schema["properties"].values():
                member.pop("readOnly", None)  # answers are never sent; a client would drop it from its own copy
    return result


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in document["paths"].values() for operation in path.values()]
