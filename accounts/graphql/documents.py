"""From a query's text to a document that may be executed; the good ones are remembered, up to a bound."""

from functools import lru_cache
from typing import Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    NoSchemaIntrospectionCustomRule,
    parse,
    specified_rules,
    validate,
)

from accounts.graphql import limits
from accounts.graphql.errors import ParseFailed, QueryTooComplex

REMEMBERED_DOCUMENTS: Final = 256
REMEMBERED_LENGTH: Final = 4096
MAX_ERRORS: Final = 10


class Rejected(Exception):  # noqa: N818 - an answer, not a mistake of ours
    """The document is refused, for these reasons."""

    def __init__(self, reasons: list[GraphQLError]) -> None:
        super().__init__()
        self.reasons = reasons


def read(query: str, schema: GraphQLSchema, *, introspection: bool) -> DocumentNode:
    """Parsed, within the limits, and valid. Raises Rejected."""
    if len(query) > REMEMBERED_LENGTH:
        return _read(query, schema, introspection)
    return _read_and_remember(query, schema, introspection)


def _read(query: str, schema: GraphQLSchema, introspection: bool) -> DocumentNode:  # noqa: FBT001
    document = _parsed(query)
    try:
        limits.check(document)
    except QueryTooComplex as refusal:
        raise Rejected([GraphQLError(refusal.detail, original_error=refusal)]) from None
    rules = specified_rules if introspection else [*specified_rules, NoSchemaIntrospectionCustomRule]
    if reasons := validate(schema, document, rules, max_errors=MAX_ERRORS):
        raise Rejected(reasons)
    return document


# What is refused raises, so it is never remembered: a flood of bad documents displaces no good one.
_read_and_remember = lru_cache(maxsize=REMEMBERED_DOCUMENTS)(_read)


def _parsed(query: str) -> DocumentNode:
    """GraphQL-core itself turns nesting beyond the interpreter's depth into an error."""
    try:
        return parse(query, max_lexical_tokens=limits.MAX_TOKENS, max_comments=limits.MAX_COMMENTS)
    except GraphQLError as exc:
        reason = GraphQLError(exc.message, exc.nodes, exc.source, exc.positions, None, ParseFailed(exc.message))
        raise Rejected([reason]) from None
