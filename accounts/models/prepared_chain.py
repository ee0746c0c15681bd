"""An UPDATE, and rows that are written if it finds its own: where the database can, all in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models

from accounts.models import statements
from accounts.models.prepared_insert import PreparedInsert
from accounts.models.prepared_update import PreparedUpdate
from accounts.postgresql.base import DatabaseWrapper

CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Step:
    """One row of a chain. `borrowed` are attributes that take another step's: `{"event_id": "event.id"}`."""

    insert: PreparedInsert[Any]
    borrowed: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """What there is a row of, if the UPDATE found its own."""
        return ", ".join(sorted({name.partition(".")[0] for name in self.borrowed.values()})) or CHANGED


def is_one_statement() -> bool:
    """A transaction by itself, that is. Otherwise a chain is for within one."""
    return isinstance(connections[DEFAULT_DB_ALIAS], DatabaseWrapper)


class PreparedChain:
    """`steps` by name; whatever one borrows from comes before it.

    In the one statement every INSERT takes its row from what the UPDATE returns. So nothing is written before that has
    its row, which it waits for and then looks at once more, as it does by itself.
    """

    def __init__(self, update: PreparedUpdate, steps: Mapping[str, Step]) -> None:
        self._update, self._steps = update, steps
        self._statements: dict[tuple[str, ...], str] = {}

    def run(self, changes: Mapping[str, Any], rows: Mapping[str, models.Model]) -> bool:
        """Whether the UPDATE found its row; if not, nothing is written. `changes` are the values of its places, `rows`
        those to be written, by the names of their steps; afterwards they have what the database filled in.
        """
        if unknown := rows.keys() - self._steps.keys():
            raise LookupError(f"no steps of this chain: {sorted(unknown)}")
        steps = {name: step for name, step in self._steps.items() if name in rows}
        if not is_one_statement():
            return self._run_each(changes, rows, steps)
        database = connections[DEFAULT_DB_ALIAS]
        update, parameters = self._update.filled(changes)
        for name, step in steps.items():
            parameters += step.insert.values(rows[name], database, but=step.borrowed)
        filled_in = statements.written_row(self._statement(update, steps), parameters)
        if filled_in is None:
            return False
        _hand_out(filled_in, rows, steps)
        return True

    def _run_each(
        self, changes: Mapping[str, Any], rows: Mapping[str, models.Model], steps: Mapping[str, Step]
    ) -> bool:
        if not self._update.run(**changes):
            return False
        for name, step in steps.items():
            _lend(rows, name, step)
            step.insert.run(rows[name])
        return True

    def _statement(self, update: str, steps: Mapping[str, Step]) -> str:
        names = tuple(steps)
        if (known := self._statements.get(names)) is None:
            known = self._statements[names] = _put_together(update, steps)
        return known


def _put_together(update: str, steps: Mapping[str, Step]) -> str:
    parts = [f"{CHANGED} AS ({update} RETURNING 1)"]
    parts += [f"{name} AS ({step.insert.clause(step.source, step.borrowed)})" for name, step in steps.items()]
    columns = [f"{name}.{column.column}" for name, step in steps.items() for column in step.insert.left]
    told = [CHANGED, *(name for name, step in steps.items() if step.insert.left)]
    return f"WITH {', '.join(parts)} SELECT {', '.join(columns or ['1'])} FROM {', '.join(told)}"  # noqa: S608 - our names


def _hand_out(filled_in: Sequence[Any], rows: Mapping[str, models.Model], steps: Mapping[str, Step]) -> None:
    database, taken = connections[DEFAULT_DB_ALIAS], 0
    for name, step in steps.items():
        width = len(step.insert.left)
        step.insert.complete(rows[name], filled_in[taken : taken + width], database)
        _lend(rows, name, step)
        taken += width


def _lend(rows: Mapping[str, models.Model], name: str, step: Step) -> None:
    """What it borrows, of rows that have it by now."""
    for attribute, borrowed in step.borrowed.items():
        source, _, lent = borrowed.partition(".")
        setattr(rows[name], attribute, getattr(rows[source], lent))
