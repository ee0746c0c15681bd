"""From a query's text to a document that may be executed; the good ones are remembered, up to a bound."""

import os
from collections import OrderedDict
from threading import Lock
from typing import Final, NamedTuple

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

REMEMBERED_LENGTH: Final = 2048
"""Of one text, in characters."""
REMEMBERED_IN_ALL: Final = 32 * 1024
"""Of all texts together. Taken apart, a character takes up to 350 bytes: 11 MB, whatever strangers ask for."""
MAX_ERRORS: Final = 10


class Rejected(Exception):  # noqa: N818 - an answer, not a mistake of ours
    """The document is refused, for these reasons."""

    def __init__(self, reasons: list[GraphQLError]) -> None:
        super().__init__()
        self.reasons = reasons


class _Key(NamedTuple):
    query: str
    introspection: bool


class Remembered:
    """Documents by their text. Bounded: what was not asked for longest goes."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As in a new process."""
        self._lock = Lock()
        self._documents: OrderedDict[_Key, DocumentNode] = OrderedDict()
        self.length = 0

    def find(self, key: _Key) -> DocumentNode | None:
        with self._lock:
            if (document := self._documents.get(key)) is not None:
                self._documents.move_to_end(key)
            return document

    def keep(self, key: _Key, document: DocumentNode) -> None:
        with self._lock:
            if key not in self._documents:
                self.length += len(key.query)
            self._documents[key] = document
            while self.length > REMEMBERED_IN_ALL:
                oldest, _ = self._documents.popitem(last=False)
                self.length -= len(oldest.query)


remembered: Final = Remembered()
"""The process's own."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=remembered.forget)


def read(query: str, schema: GraphQLSchema, *, introspection: bool) -> DocumentNode:
    """Parsed, within the limits, and valid, of which nothing depends on variables. Raises Rejected.

    A document with text written into it, or a comment, is not remembered: the next one has other text, and it may be a
    password. Nor is one that is refused, so that a flood of bad documents displaces no good one.
    """
    if len(query) > REMEMBERED_LENGTH or '"' in query or "#" in query:
        return _read(query, schema, introspection=introspection)
    key = _Key(query, introspection)
    if (document := remembered.find(key)) is None:
        document = _read(query, schema, introspection=introspection)
        remembered.keep(key, document)
    return document


def _read(query: str, schema: GraphQLSchema, *, introspection: bool) -> DocumentNode:
    document = _parsed(query)
    try:
        limits.check(document)
    except QueryTooComplex as refusal:
        raise Rejected([GraphQLError(refusal.detail, original_error=refusal)]) from None
    rules = specified_rules if introspection else [*specified_rules, NoSchemaIntrospectionCustomRule]
    if reasons := validate(schema, document, rules, max_errors=MAX_ERRORS, hide_suggestions=not introspection):
        raise Rejected(reasons)
    return document


def _parsed(query: str) -> DocumentNode:
    """GraphQL-core itself turns nesting beyond the interpreter's depth into an error."""
    try:
        return parse(query, max_lexical_tokens=limits.MAX_TOKENS, max_comments=limits.MAX_COMMENTS)
    except GraphQLError as exc:
        refusal = ParseFailed(messages.shown(exc.message))
        reason = GraphQLError(exc.message, exc.nodes, exc.source, exc.positions, None, refusal)
        raise Rejected([reason]) from None
