"""What a check of the chain found."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import AuditBatch
from accounts.services.auditing.personal import Erased


@dataclass(frozen=True, slots=True)
class Fault:
    """The first batch that is not what was sealed, and why; None: there is none, but something lies behind the last."""

    batch: int | None
    what: str


@dataclass(slots=True)
class Report:
    """`begin` is the batch that the first one hangs on, where earlier ones were dropped; `end` the last that is right.

    `kept_since` is when the first was sealed that is kept; `unsealed_since` when the oldest event happened that waits
    for the worker.
    """

    begin: AuditBatch | None
    end: AuditBatch | None
    erased: Erased
    batches: int = 0
    events: int = 0
    fault: Fault | None = None
    kept_since: datetime | None = None
    unsealed_since: datetime | None = None

    @property
    def next_batch(self) -> int:
        return 1 if self.end is None else self.end.number + 1

    @property
    def next_row(self) -> int:
        return 1 if self.end is None else self.end.last_row + 1

    def note(self, batch: AuditBatch) -> None:
        """It follows, and is right."""
        self.kept_since = self.kept_since or batch.sealed_at
        self.end = batch
        self.batches += 1
        self.events += batch.rows
