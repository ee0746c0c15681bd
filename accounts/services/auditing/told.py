"""What the log told of the chain of audit events: out of reach of whoever can write to the database."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self

from accounts.models import AuditBatch

Head = tuple[int, str]
"""The number of a batch, and its head."""


@dataclass(frozen=True, slots=True)
class Told:
    """Heads by the numbers of their batches, each once, and up to which batch the log told that they were dropped.

    `restored_at` are the last batches of backups that were restored: behind each, numbers were given once more.
    """

    heads: Mapping[int, Collection[str]] = field(default_factory=dict)
    dropped: int = 0
    restored_at: Collection[int] = ()

    @classmethod
    def of(cls, sealed: Iterable[Head], *, dropped: Collection[Head] = (), restored_at: Collection[int] = ()) -> Self:
        """As many as there are: a year has half a million."""
        heads: dict[int, tuple[str, ...]] = {}
        for told in (sealed, dropped):
            for number, head in told:
                if head not in (known := heads.get(number, ())):
                    heads[number] = (*known, head)
        return cls(heads, max((number for number, _ in dropped), default=0), restored_at)

    def objection_to(self, batch: AuditBatch) -> str | None:
        """Why this, which is there, is not what was told."""
        heads = self.heads.get(batch.number, ())
        if heads and batch.head not in heads:
            return "its head is not the one that was told: this batch, or one before it, was written anew"
        return self._objection_to_number(batch.number)

    def objections_to_dropped(self, last: int) -> Iterator[tuple[int, str]]:
        """Where batches up to this one are said to have been dropped: of the log alone that is believed."""
        for number in self.heads:
            if self.dropped < number <= last:
                yield number, "its head was told, and not that it was dropped: the beginning of the chain was cut off"
            elif number <= last and (what := self._objection_to_number(number)):
                yield number, what

    def find_missing(self, last: int) -> int | None:
        """The first batch behind the last one that was told, but for those that a restored backup did not have."""
        behind = (number for number, heads in self.heads.items() if number > last and len(heads) > self._lost(number))
        return min(behind, default=None)

    def _objection_to_number(self, number: int) -> str | None:
        if len(self.heads.get(number, ())) <= 1 + self._lost(number):
            return None
        return "two heads were told for it: it was written anew, or an older backup was restored"

    def _lost(self, number: int) -> int:
        """How many batches of this number may have gone with what a backup did not have."""
        return sum(at < number for at in self.restored_at)
