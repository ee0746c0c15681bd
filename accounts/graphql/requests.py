"""A GraphQL request as it comes over HTTP: a JSON body, or a query string for queries."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rest_framework.exceptions import ParseError

MEMBERS: Final = frozenset({"query", "operationName", "variables", "extensions"})


@dataclass(frozen=True, slots=True)
class GraphqlRequest:
    query: str
    operation_name: str | None
    variables: dict[str, Any]


def of_body(body: Any) -> GraphqlRequest:
    """ParseError unless the members of GraphQL over HTTP are of their types; others are left alone."""
    if not isinstance(body, dict):
        raise ParseError("The body is no GraphQL request; several at once are not taken.")
    query, operation_name, variables = (body.get(name) for name in ("query", "operationName", "variables"))
    if not isinstance(query, str) or not query.strip():
        raise ParseError('The body is no GraphQL request: write {"query": "…"}.')
    if not isinstance(operation_name, str | None):
        raise ParseError("operationName is a string.")
    if not isinstance(variables, dict | None):
        raise ParseError("variables is an object.")
    if not isinstance(body.get("extensions"), dict | None):
        raise ParseError("extensions is an object.")
    return GraphqlRequest(query, operation_name or None, variables or {})


def of_query_string(parameters: Mapping[str, str]) -> GraphqlRequest:
    """The same from `?query=&operationName=&variables=`, the last as JSON."""
    body: dict[str, Any] = {name: value for name, value in parameters.items() if name in MEMBERS}
    for name in ("variables", "extensions"):
        if name in body:
            try:
                body[name] = json.loads(body[name])
            except (ValueError, RecursionError):
                raise ParseError(f"{name} is not JSON.") from None
    return of_body(body)
