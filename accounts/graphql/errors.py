"""Turns refusals into GraphQL errors: `extensions.code` is the code that REST has."""

from typing import Any, ClassVar

import structlog
from django.db import InterfaceError, InternalError, OperationalError
from graphene.utils.str_converters import to_camel_case
from graphql import GraphQLError

from accounts import errors
from accounts.graphql import messages

log = structlog.get_logger("accounts.graphql")


class DocumentRefused(Exception):  # noqa: N818 - an answer, not a mistake of ours
    """A refusal of this door alone, about the document and not about what it asks for; its subclasses are raised."""

    code: ClassVar[str]

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class ParseFailed(DocumentRefused):
    code = "graphql_parse_failed"


class ValidationFailed(DocumentRefused):
    code = "graphql_validation_failed"


class QueryTooComplex(DocumentRefused):
    code = "query_too_complex"


class Unforeseen(DocumentRefused):
    code = "internal_error"


def formatted(error: GraphQLError) -> dict[str, Any]:
    """As the specification has it (section 7.1.2), with our extensions; nothing of an unforeseen fault is shown."""
    refusal = _refusal_behind(error)
    shown: dict[str, Any] = {"message": refusal.detail, "extensions": {"code": refusal.code}}
    if isinstance(refusal, errors.InvalidInput):
        shown["extensions"]["errors"] = [
            {"field": to_camel_case(e.field), "code": e.code, "detail": e.detail} for e in refusal.errors
        ]
    if isinstance(refusal, errors.Unavailable):
        shown["extensions"]["retryAfter"] = refusal.retry_after
    if error.locations:
        shown["locations"] = [location.formatted for location in error.locations]
    if error.path:
        shown["path"] = error.path
    return shown


def _refusal_behind(error: GraphQLError) -> errors.Refusal | DocumentRefused:
    match error.original_error:
        case errors.Refusal() | DocumentRefused() as refusal:
            return refusal
        case cause if not error.path or (isinstance(cause, GraphQLError) and cause.nodes):
            # By the validator, or by the coercion of a variable or an argument, which names its place in the document.
            return ValidationFailed(messages.shown(error.message))
        case OperationalError() | InterfaceError() | InternalError() as exc:
            log.warning("database_unavailable", error=type(exc).__name__)
            return errors.TemporarilyUnavailable(retry_after=1)
        case exc:
            log.error("resolver_failed", exc_info=exc)
            return Unforeseen("The fault is ours and has been noted; say the request id when you report it.")
