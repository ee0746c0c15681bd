"""The chain that audit events are sealed into: what a batch holds, and which bytes its head is a digest of."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from django.db import models

from accounts.models.audit import DIGEST_LENGTH, AuditEvent

MAX_ROWS: Final = 1000
START: Final = "0" * DIGEST_LENGTH
"""What the first batch follows."""

FORMAT: Final = "authservice-audit-1"
"""Of the bytes; another one, should there ever be one, is told by its name."""
_encode = json.JSONEncoder(separators=(",", ":"), sort_keys=True).encode


class AuditBatch(models.Model):
    """Events `first_row` to `last_row`, as they were when the worker sealed them; each batch follows the one before.

    `head` is the SHA-256, in hex, of a line for the batch and one for each event: JSON arrays in ASCII without spaces,
    members of objects sorted, each ended by a line feed (docs/audit.md). The last batch whose events are gone stays,
    with `dropped_at`: what is left hangs on its head.
    """

    number = models.BigIntegerField(primary_key=True)
    first_row = models.BigIntegerField()
    last_row = models.BigIntegerField()
    sealed_at = models.DateTimeField(help_text="By the database's clock.")
    previous_head = models.CharField(max_length=DIGEST_LENGTH)
    head = models.CharField(max_length=DIGEST_LENGTH)
    dropped_at = models.DateTimeField(null=True, help_text="When its events were removed, because they were too old.")

    @property
    def name(self) -> str:
        """As the log tells it, and as `verify_audit --head` takes it."""
        return f"{self.number}:{self.head}"

    @property
    def rows(self) -> int:
        return self.last_row - self.first_row + 1

    def head_over(self, events: Iterable[AuditEvent]) -> str:
        """What `head` is to be, where these are its events."""
        digest = sha256(
            _line(FORMAT, self.number, self.first_row, self.last_row, _moment(self.sealed_at), self.previous_head)
        )
        for event in events:
            digest.update(_line_of(event))
        return digest.hexdigest()


def _line_of(event: AuditEvent) -> bytes:
    return _line(
        event.number,
        event.pk,
        _moment(event.occurred_at),
        event.type,
        event.outcome,
        event.actor,
        event.subject and str(event.subject),
        event.session and str(event.session),
        event.data,
        event.commitment,
    )


def _line(*values: Any) -> bytes:
    return _encode(values).encode() + b"\n"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
