"""The room of deletions: which there are, how far each has come, and its receipt."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin import cells, doorway, keyset
from accounts.admin.acts import Act, ask
from accounts.admin.pages import Pages
from accounts.models import DelayedDeletion, Deletion
from accounts.models.deletions import REASON_MAX_LENGTH
from accounts.services import authorisation, fields
from accounts.services.authorisation import Action
from accounts.services.deleting import deletion, progress, receipts
from accounts.services.deleting.progress import State
from accounts.services.deleting.receipts import AcknowledgementState, Awaited, Receipt

HEADERS: Final = ["Person", "Requested", "By", "Begins", "Completed", "Forced by"]
STATES: Final = {State.UNDER_WAY: "Under way", State.PUT_OFF: "Put off", State.COMPLETED: "Completed"}
EMPTY: Final = {
    State.UNDER_WAY: "Nobody waits to be erased. A deletion stands here until every service that keeps personal data "
    "has acknowledged it.",
    State.PUT_OFF: "Nobody waits for the delay to be over. Deletions are put off where AUTH_DELETION_DELAY says so.",
    State.COMPLETED: "No deletion is completed yet. Receipts stay here.",
}
FORCING: Final = (
    "The person is erased here without waiting for the services that have not acknowledged it. They may still have "
    "what they have; the receipt says who decided that, and why."
)
VARIANTS: Final = {
    AcknowledgementState.PENDING: "warning",
    AcknowledgementState.ACKNOWLEDGED: "success",
    AcknowledgementState.RETIRED: "",
}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=REASON_MAX_LENGTH,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="It outlives the person: leave out whatever names them.",
    )


class DeletionPages(Pages):
    title = "Deletions"
    icon = "person_remove"
    group = "Operation"
    actions = {"view": Action.READ_DELETION}

    def get_urls(self) -> list[URLPattern]:
        force = self.admin_site.admin_view(self.force)
        return [path("<str:object_id>/force/", force, name="accounts_deletion_force"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        asked = request.GET.get("state", "")
        state = State(asked) if asked in list(State) else State.UNDER_WAY
        page = keyset.read(request, progress.listed(state, actor=doorway.caller_of(request)), beside=["state"])
        context = {
            "tabs": [(label, f"?state={each}", each == state) for each, label in STATES.items()],
            "table": {"headers": HEADERS, "rows": [self._row(row) for row in page.rows]},
            "next_url": page.next_url,
            "previous_url": page.first_url,
            "previous_label": "First page",
            "empty_title": "None",
            "empty_text": EMPTY[state],
        }
        return self.page(request, "operation", self.title, context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """By the person's id, which the receipt goes by for every door."""
        user_id = fields.canonical_id(object_id)
        receipt = receipts.report(user_id, actor=doorway.caller_of(request))
        rows = [_consumer(each) for each in receipt.consumers]
        headers = ["Service", "State", "Acknowledged", "Late"]
        table = {"headers": headers, "rows": rows}
        empty = "No service kept personal data when it was asked for."
        tables = [{"title": "Who has acknowledged it", "table": table, "empty": empty}]
        context = {"facts": _facts(receipt), "tables": tables, "acts": self._acts(request, receipt)}
        return self.page(request, "edit", f"Deletion of {user_id}", context)

    def force(self, request: HttpRequest, object_id: str) -> HttpResponse:
        authorisation.require(Action.FORCE_DELETION, actor=doorway.caller_of(request))
        user_id = fields.canonical_id(object_id)
        back = self.url("change", user_id)
        act = Act(
            "Complete without the rest",
            FORCING,
            "Nobody is waited for any more.",
            back,
            trail=((f"Deletion of {user_id}", back),),
            is_grave=True,
        )
        return ask(self, request, act, lambda given: self._force(request, user_id, given), ReasonForm)

    def _force(self, request: HttpRequest, user_id: UUID, given: dict[str, Any]) -> Receipt:
        return deletion.force(user_id, **given, **self.by(request))

    def _acts(self, request: HttpRequest, receipt: Receipt) -> list[tuple[str, str, str]]:
        is_over = receipt.completed_at is not None or bool(receipt.forced_by)
        if is_over or not doorway.may(request, Action.FORCE_DELETION):
            return []
        return [("Complete without the rest", self.url("force", receipt.user_id), "danger")]

    def _row(self, row: Deletion | DelayedDeletion) -> list[Any]:
        has_begun = isinstance(row, Deletion)
        return [
            cells.link(self.url("change", row.user_id), cells.mono(row.user_id))
            if has_begun
            else cells.mono(row.user_id),
            cells.moment(row.requested_at),
            cells.whole(row.requested_by if isinstance(row, Deletion) else cells.NOTHING),
            cells.moment(row.begins_at),
            cells.moment(row.completed_at),
            cells.mono((isinstance(row, Deletion) and row.forced_by) or cells.NOTHING),
        ]


def _facts(receipt: Receipt) -> list[tuple[str, Any]]:
    forced = [("Forced by", cells.mono(receipt.forced_by)), ("Because", receipt.forced_reason)]
    return [
        ("State", cells.label("Completed", "success") if receipt.completed_at else cells.label("Under way", "warning")),
        ("Requested", cells.moment(receipt.requested_at)),
        ("By", cells.mono(receipt.requested_by)),
        ("Completed", cells.moment(receipt.completed_at)),
        *(forced if receipt.forced_by else []),
        ("Receipt", cells.mono(receipt.id)),
    ]


def _consumer(awaited: Awaited) -> list[Any]:
    return [
        cells.mono(awaited.client_id),
        cells.label(awaited.state, VARIANTS[awaited.state]),
        cells.moment(awaited.acknowledged_at),
        cells.label("Late", "danger") if awaited.overdue else cells.NOTHING,
    ]
