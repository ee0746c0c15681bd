"""The room of deletion consumers: the services that keep personal data, and how far each has followed the log."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from accounts.admin import cells, doorway
from accounts.admin.pages import Pages
from accounts.services.authorisation import Action
from accounts.services.deleting import progress
from accounts.services.deleting.progress import Progress

HEADERS: Final = ["Service", "Name", "State", "Notices behind", "Behind since", "Last acknowledgement"]


class ConsumerPages(Pages):
    title = "Deletion consumers"
    icon = "sync_alt"
    group = "Operation"
    actions = {"view": Action.READ_DELETION}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        consumers = progress.consumers(actor=doorway.caller_of(request))
        context = {
            "table": {"headers": HEADERS, "rows": [row(each) for each in consumers]},
            "empty_title": "No service keeps personal data",
            "empty_text": "Deletions wait for nobody. Tick “holds personal data” on a service client to have them wait "
            "until it has acknowledged them.",
        }
        return self.page(request, "operation", self.title, context)


def row(consumer: Progress) -> list[Any]:
    return [
        cells.mono(consumer.client_id),
        consumer.name or cells.NOTHING,
        state(consumer),
        consumer.notices,
        cells.moment(consumer.since),
        cells.moment(consumer.acknowledged_at),
    ]


def state(consumer: Progress) -> str:
    if consumer.is_overdue:
        return cells.label("Deletions late", "danger")
    if consumer.owes:
        return cells.label("Deletions wait", "warning")
    return cells.label("Up to date" if consumer.since is None else "Following", "success")
