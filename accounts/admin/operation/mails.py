"""The room of mails: those that wait, without what is in them."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from accounts.admin import cells, doorway, keyset
from accounts.admin.pages import Pages
from accounts.models import Mail
from accounts.services import waiting_mails
from accounts.services.authorisation import Action

HEADERS: Final = ["Kind", "To", "Asked for", "Next attempt", "Attempts", "Id"]


class MailPages(Pages):
    title = "Waiting mails"
    icon = "outgoing_mail"
    group = "Operation"
    actions = {"view": Action.READ_MAILS}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        page = keyset.read(request, waiting_mails.listed(actor=doorway.caller_of(request)))
        context = {
            "table": {"headers": HEADERS, "rows": [row(mail) for mail in page.rows]},
            "next_url": page.next_url,
            "previous_url": page.first_url,
            "previous_label": "First page",
            "empty_title": "No mail waits",
            "empty_text": "A mail stands here until the mail server has taken it. One that can't be sent for a day is "
            "given up, and told in the audit.",
        }
        return self.page(request, "operation", self.title, context)


def row(mail: Mail) -> list[Any]:
    return [
        mail.kind.replace("_", " ").capitalize(),
        mail.address,
        cells.moment(mail.created_at),
        cells.moment(mail.due_at),
        mail.attempts,
        cells.mono(mail.pk),
    ]
