"""The list of people: what may be asked for, and a page of it by the indexes that every door's list uses."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest
from django.utils.timezone import now
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts import errors
from accounts.admin import cells, doorway, queries
from accounts.admin.forms import refuse
from accounts.admin.pages import Pages
from accounts.models import User
from accounts.services import fields
from accounts.services.listing import pages, places
from accounts.services.listing.asked import Asked, OrderName
from accounts.services.listing.pages import Page
from accounts.services.listing.places import Place

ROWS: Final = 50
CURSOR: Final = "cursor"
EITHER: Final = [("", "All"), ("true", "Yes"), ("false", "No")]
ORDERS: Final = [
    ("", "As fits"),
    (OrderName.NEWEST, "Newest first"),
    (OrderName.OLDEST, "Oldest first"),
    (OrderName.EMAIL, "E-mail"),
    (OrderName.EMAIL_BACKWARD, "E-mail, backward"),
]
HEADERS: Final = ["E-mail", "Name", "State", "Staff", "Groups", "Joined", "Last sign-in"]


class Flag(forms.TypedChoiceField):
    """Yes, no, or both."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=EITHER,
            coerce=lambda value: value == "true",
            empty_value=None,
            required=False,
            widget=UnfoldAdminSelectWidget(),
            **kwargs,
        )


class Filters(queries.Filters):
    """A query string."""

    search = forms.CharField(
        label="Search",
        required=False,
        empty_value=None,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "search", "placeholder": "Beginning of an e-mail or id"}),
    )
    is_active = Flag(label="May come in")
    is_staff = Flag(label="Staff")
    group = forms.CharField(
        label="Group",
        required=False,
        empty_value=None,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "Its whole name"}),
    )
    order = forms.TypedChoiceField(
        choices=ORDERS, coerce=OrderName, empty_value=None, required=False, widget=UnfoldAdminSelectWidget()
    )

    def clean_search(self) -> str | None:
        return None if self.cleaned_data["search"] is None else fields.search(self.cleaned_data["search"])

    def clean_group(self) -> str | None:
        return None if self.cleaned_data["group"] is None else fields.group_name(self.cleaned_data["group"])


def read(request: HttpRequest, filters: Filters) -> Page | None:
    """None, and what is wrong stands in the filters, for what does not fit or does not go together."""
    if not filters.is_valid():
        return None
    try:
        cursor = request.GET.get(CURSOR)
        place = None if cursor is None else places.read(cursor)
        return pages.read(Asked(**filters.cleaned_data), place=place, limit=ROWS, actor=doorway.caller_of(request))
    except errors.InvalidInput as refusal:
        refuse(filters, refusal)
        return None


def context(request: HttpRequest, page: Page | None, filters: Filters, room: Pages) -> dict[str, Any]:
    """Of the list's template."""
    users = [] if page is None else page.users
    return {
        "table": {"headers": HEADERS, "rows": [row(user, room.url("change", user.pk)) for user in users]},
        "next_url": page and link(request, page.next),
        "previous_url": page and link(request, page.previous),
        "filters": filters,
        "is_filtered": bool(request.GET),
        "empty_title": "Nobody on this page",
        "empty_text": "A page looks at 1,000 people at most: where there is a next one, look there; or ask for less.",
    }


def link(request: HttpRequest, place: Place | None) -> str | None:
    """To the page there, with the same filters."""
    if place is None:
        return None
    query = request.GET.copy()
    query[CURSOR] = places.write(place)
    return f"?{query.urlencode()}"


def row(user: User, url: str) -> list[Any]:
    return [
        cells.link(url, user.email),
        f"{user.first_name} {user.last_name}".strip() or cells.NOTHING,
        state(user),
        cells.label("Superuser", "info") if user.is_superuser else cells.label("Staff") if user.is_staff else "",
        ", ".join(user.group_names) or cells.NOTHING,
        cells.moment(user.date_joined),
        cells.moment(user.last_login),
    ]


def state(user: User) -> str:
    if not user.is_active:
        return cells.label("Suspended", "danger")
    if user.has_expired(now()):
        return cells.label("Expired", "warning")
    return cells.label("Active", "success")
