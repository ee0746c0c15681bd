"""How much one operation may ask for, measured before it is validated, in time linear in the text."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from accounts.graphql.errors import QueryTooComplex
from accounts.models.sessions import MAX_OPEN_PER_USER

MAX_TOKENS: Final = 2000
MAX_COMMENTS: Final = 200
MAX_DEPTH: Final = 10
MAX_NESTING: Final = 50
MAX_ALIASES: Final = 30
MAX_FIELDS: Final = 300  # the introspection query of graphql-js has 229; the validator's time grows with the square
MAX_VALUES: Final = 1000
MAILED_CODES: Final = frozenset(
    {"requestPasswordReset", "resetPassword", "verifyEmail", "resendVerification", "changeEmail", "cancelDeletion"}
)
CREDENTIAL_MUTATIONS: Final = MAILED_CODES | {"register", "login", "refreshToken", "changePassword", "deleteMe"}
INTROSPECTION: Final = frozenset({"__schema", "__type"})
REPEATS: Final = {"sessions": MAX_OPEN_PER_USER} | dict.fromkeys(INTROSPECTION, 4)
"""How often, at most, what stands below a field is answered. Introspection's weight lets one whole look through."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection asks for once its fragments are written out. Numbers may be huge; nothing is ever that large."""

    depth: int = 0
    nesting: int = 0
    aliases: int = 0
    fields: int = 0
    values: int = 0
    credential_mutations: int = 0


def check(document: DocumentNode) -> None:
    """QueryTooComplex when an operation or fragment goes beyond the limits, or a fragment leads back to itself.

    Fragments that nothing uses are measured too: they are refused later, but by rules whose time they would take.
    """
    ruler = _Ruler(document)
    try:
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                _judge(ruler.size_of(definition.selection_set, is_root=True))
            elif isinstance(definition, FragmentDefinitionNode):
                # How deep it stands is not known here, and introspection's fields may go deeper.
                _judge(replace(ruler.size_of(definition.selection_set, is_root=False), depth=0))
    except RecursionError:
        raise QueryTooComplex(f"At most {MAX_NESTING} levels, those of fragments included.") from None


def _judge(size: Size) -> None:
    """Nesting counts every pair of braces, so that nothing that walks the document runs out of stack."""
    if size.depth > MAX_DEPTH:
        raise QueryTooComplex(f"At most {MAX_DEPTH} levels; this has {size.depth}.")
    if size.nesting > MAX_NESTING:
        raise QueryTooComplex(f"At most {MAX_NESTING} levels, those of fragments included.")
    if size.aliases > MAX_ALIASES:
        raise QueryTooComplex(f"At most {MAX_ALIASES} aliases, counted after fragments are expanded.")
    if size.fields > MAX_FIELDS:
        raise QueryTooComplex(f"At most {MAX_FIELDS} fields, counted after fragments are expanded.")
    if size.values > MAX_VALUES:
        raise QueryTooComplex(f"At most {MAX_VALUES} values in the answer, were every list as long as it can be.")
    if size.credential_mutations > 1:
        raise QueryTooComplex("One mutation that takes or makes credentials an operation.")


class _Ruler:
    """Measures each fragment once, so that fragments of fragments cost no more than their text."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._measured: dict[tuple[str, bool], Size] = {}
        self._under_way: set[str] = set()

    def size_of(self, selection_set: SelectionSetNode | None, *, is_root: bool) -> Size:
        if selection_set is None:
            return Size()
        return _sum(self._size(selection, is_root) for selection in selection_set.selections)

    def _size(self, selection: object, is_root: bool) -> Size:  # noqa: FBT001
        if isinstance(selection, FieldNode):
            return self._field(selection, is_root)
        if isinstance(selection, FragmentSpreadNode):
            return self._fragment(selection.name.value, is_root)
        return self.size_of(getattr(selection, "selection_set", None), is_root=is_root)

    def _field(self, field: FieldNode, is_root: bool) -> Size:  # noqa: FBT001
        name = field.name.value
        inner = self.size_of(field.selection_set, is_root=False)
        return Size(
            depth=1 if name in INTROSPECTION else inner.depth + 1,
            nesting=inner.nesting,
            aliases=inner.aliases + (field.alias is not None),
            fields=inner.fields + 1,
            values=inner.values * REPEATS.get(name, 1) + 1,
            credential_mutations=int(is_root and name in CREDENTIAL_MUTATIONS),
        )

    def _fragment(self, name: str, is_root: bool) -> Size:  # noqa: FBT001
        """An unknown fragment is the validator's to refuse."""
        if name in self._under_way:
            raise QueryTooComplex(f"The fragment {name} leads back to itself.")
        if (name, is_root) not in self._measured and (fragment := self._fragments.get(name)):
            self._under_way.add(name)
            self._measured[name, is_root] = self.size_of(fragment.selection_set, is_root=is_root)
            self._under_way.remove(name)
        return self._measured.get((name, is_root), Size())


def _sum(sizes: Iterable[Size]) -> Size:
    """One pair of braces around these."""
    depth = nesting = aliases = fields = values = credential_mutations = 0
    for size in sizes:
        depth = max(depth, size.depth)
        nesting = max(nesting, size.nesting)
        aliases += size.aliases
        fields += size.fields
        values += size.values
        credential_mutations += size.credential_mutations
    return Size(depth, nesting + 1, aliases, fields, values, credential_mutations)
