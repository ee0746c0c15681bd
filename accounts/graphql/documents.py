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

from accounts.graphql import limits, messages
from accounts.graphql.errors import ParseFailed, QueryTooComplex

REMEMBERED_DOCUMENTS: Final = 256
REMEMBERED_LENGTH: Final = 2048
MAX_ERRORS: Final = 10


class Rejected(Exception):  # noqa: N818 - an answer, not a mistake of ours
    """The document is refused, for these reasons."""

    def __init__(self, reasons: list[GraphQLError]) -> None:
        super().__init__()
        self.reasons = reasons


def read(query: str, schema: GraphQLSchema, *, introspection: bool) -> DocumentNode:
    """Parsed, within the limits, and valid. Raises Rejected.

    A document with text written into it is not remembered: the next one has other text, and it may be a password.
    """
    if len(query) > REMEMBERED_LENGTH or '"' in query:
        return _read(query, schema, introspection)
    return _read_and_remember(query, schema, introspection)


def _read(query: str, schema: GraphQLSchema, introspection: bool) -> DocumentNode:  # noqa: FBT001
    document = _parsed(query)
    try:
        limits.check(document)
    except QueryTooComplex as refusal:
        raise Rejected([GraphQLError(refusal.detail, original_error=refusal)]) from None
    rules = specified_rules if introspection else [*specified_rules, NoSchemaIntrospectionCustomRule]
    if reasons := validate(schema, document, rules, max_errors=MAX_ERRORS, hide_suggestions=not introspection):
        raise Rejected(reasons)
    return document


# What is refused raises, so it is never remembered: a flood of bad documents displaces no good one.
_read_and_remember = lru_cache(maxsize=REMEMBERED_DOCUMENTS)(_read)


def _parsed(query: str) -> DocumentNode:
    """GraphQL-core itself turns nesting beyond the interpreter's depth into an error."""
    try:
        return parse(query, max_lexical_tokens=limits.MAX_TOKENS, max_comments=limits.MAX_COMMENTS)
    except GraphQLError as exc:
        refusal = ParseFailed(messages.shown(exc.message))
        reason = GraphQLError(exc.message, exc.nodes, exc.source, exc.positions, None, refusal)
        raise Rejected([reason]) from None
