"""The room of sealed batches: the chain of the audit, its end first, and what waits to be sealed."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from accounts.admin import cells, doorway, keyset
from accounts.admin.pages import Pages
from accounts.models import AuditBatch
from accounts.services.auditing import events
from accounts.services.authorisation import Action

SHOWN: Final = 16
"""Characters of a head; the whole is in its title."""

HEADERS: Final = ["Batch", "Events", "Sealed", "Head", "Dropped"]


class BatchPages(Pages):
    title = "Sealed batches"
    icon = "verified"
    group = "Operation"
    actions = {"view": Action.READ_AUDIT}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        caller = doorway.caller_of(request)
        page = keyset.read(request, events.batches(actor=caller))
        waiting = events.unsealed_since(actor=caller)
        context = {
            "notes": [f"The oldest event that waits to be sealed: {waiting:%Y-%m-%d %H:%M:%S} UTC."] if waiting else [],
            "table": {"headers": HEADERS, "rows": [row(batch) for batch in page.rows]},
            "next_url": page.next_url,
            "previous_url": page.first_url,
            "previous_label": "Newest",
            "empty_title": "Nothing is sealed yet",
            "empty_text": "The worker seals what happened, a minute later. `manage.py verify_audit` checks the chain.",
        }
        return self.page(request, "operation", self.title, context)


def row(batch: AuditBatch) -> list[Any]:
    return [
        batch.number,
        f"{batch.first_row} to {batch.last_row}",
        cells.moment(batch.sealed_at),
        cells.titled(f"{batch.head[:SHOWN]}…", batch.name),
        cells.moment(batch.dropped_at),
    ]
