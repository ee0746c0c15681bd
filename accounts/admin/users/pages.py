"""The room of people: the list, an invitation, and a person's page."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from accounts.admin import doorway, edits, forms
from accounts.admin.edits import Edit
from accounts.admin.users import detail, listing
from accounts.admin.users.acts import UserActs
from accounts.admin.users.forms import RULES, PersonChangeForm, PersonForm
from accounts.models import User
from accounts.services import authorisation, fields
from accounts.services.administration import changing, creation
from accounts.services.authorisation import Action

INVITED: Final = "They are sent a link by which they choose a password. Nobody else sees it or sets it."


class UserPages(UserActs):
    title = "Users"
    icon = "person"
    group = "People"
    actions = {
        "view": Action.LIST_USERS,
        "add": Action.CREATE_USER,
        "change": Action.CHANGE_USER,
        "delete": Action.DELETE_USER,
    }

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        filters = listing.Filters(request.GET, cursor=listing.CURSOR)
        page = listing.read(request, filters)
        context = listing.context(request, page, filters, self) | {
            "add_url": self.has_add_permission(request) and self.url("add"),
            "add_label": "Invite somebody",
        }
        return self.page(request, "list", self.title, context, status=forms.status_of(filters))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        authorisation.require(Action.CREATE_USER, actor=doorway.caller_of(request))
        page = Edit("Invite", "Invite", "The invitation is on its way.", self.list_url, {"text": INVITED})
        return edits.edit(
            self,
            request,
            page,
            PersonForm(forms.data_of(request)),
            lambda given: creation.create(fields.checked(given, **RULES), **self.by(request)),
            onward=lambda user: self.url("change", user.pk),
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        person = self.person(request, object_id, forms.action_of(request, Action.READ_USERS, Action.CHANGE_USER))
        form = PersonChangeForm(person, forms.data_of(request)) if self.has_change_permission(request) else None
        page = Edit(person.email, "Save", "Saved.", self.list_url, self._beside(request, person))
        return edits.edit(
            self,
            request,
            page,
            form,
            lambda _: changing.change(person.pk, fields.checked(forms.changes(form), **RULES), **self.by(request)),
            onward=lambda user: self.url("change", user.pk),
        )

    def _beside(self, request: HttpRequest, person: User) -> dict[str, Any]:
        return {
            "facts": detail.facts(person),
            "tables": detail.tables(request, person),
            "acts": self.offered(request, person),
        }
