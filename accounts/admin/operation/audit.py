"""The room of the audit: what happened, newest first, by whom, to whom, of which kind and when."""

import re
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.admin import cells, doorway, keyset, queries
from accounts.admin.fields import Moment
from accounts.admin.forms import status_of
from accounts.admin.pages import Pages
from accounts.models import AuditEvent, EventType
from accounts.services.auditing import events
from accounts.services.authorisation import Action

HEADERS: Final = ["When", "What", "Outcome", "By", "About", "From", "More", "Sealed as"]
UUID_LIKE: Final = re.compile(r"[0-9a-f-]{36}")
TYPES: Final = [("", "All"), *((each, each) for each in sorted(EventType))]


class Filters(queries.Filters):
    type = forms.ChoiceField(label="What", choices=TYPES, required=False, widget=UnfoldAdminSelectWidget())
    actor = forms.CharField(
        label="By",
        required=False,
        max_length=64,
        widget=UnfoldAdminTextInputWidget({"placeholder": "Id of a user or client"}),
    )
    subject = forms.UUIDField(
        label="About", required=False, widget=UnfoldAdminTextInputWidget({"placeholder": "Id of a user"})
    )
    created_after = Moment(label="From (UTC)")
    created_before = Moment(label="Before (UTC)")

    @property
    def wanted(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value}


class AuditPages(Pages):
    title = "Audit"
    icon = "history"
    group = "Operation"
    actions = {"view": Action.READ_AUDIT}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        filters = Filters(request.GET, cursor=keyset.CURSOR)
        wanted = filters.wanted if filters.is_valid() else {}
        found = events.listed(wanted, actor=doorway.caller_of(request)).order_by("-occurred_at", "-pk")
        page = keyset.read(request, found, beside=filters.fields) if filters.is_valid() else keyset.NO_PAGE
        context = {
            "filters": filters,
            "is_filtered": bool(request.GET),
            "table": {"headers": HEADERS, "rows": [row(event) for event in page.rows]},
            "next_url": page.next_url,
            "previous_url": page.first_url,
            "previous_label": "Newest",
            "empty_title": "Nothing is on record",
            "empty_text": "Ask for less: another kind, another person, a longer time.",
        }
        return self.page(request, "operation", self.title, context, status=status_of(filters))


def row(event: AuditEvent) -> list[Any]:
    context = getattr(event, "context", None)
    return [
        cells.moment(event.occurred_at),
        cells.whole(event.type),
        cells.label("Success", "success") if event.outcome == "success" else cells.label("Failure", "danger"),
        _who("actor", event.actor),
        _who("subject", str(event.subject or "")),
        cells.whole((context and context.address) or cells.NOTHING),
        cells.pairs(event.data),
        cells.NOTHING if event.number is None else event.number,
    ]


def _who(name: str, whole: str) -> SafeString | str:
    """A way to whatever else there is of them."""
    if not whole:
        return cells.NOTHING
    shown = f"{whole[:8]}…" if UUID_LIKE.fullmatch(whole) else whole
    return cells.link(f"?{urlencode({name: whole})}", cells.titled(shown, whole))
