"""The room of groups: their names, which other services know, and what they permit here."""

import re
from typing import Any, Final

from django import forms
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.admin import cells, doorway, edits, keyset
from accounts.admin import forms as answered
from accounts.admin.acts import Act, ask
from accounts.admin.edits import Edit
from accounts.admin.pages import Pages
from accounts.errors import NotFound
from accounts.services import authorisation, groups
from accounts.services.authorisation import Action

ID: Final = re.compile(r"[0-9]{1,9}")
HEADERS: Final = ["Name", "Permits here"]
KNOWN_ELSEWHERE: Final = "Other services know the group by its name, and are told of a change."
REMOVE: Final = "Its members stay, without it, and lose what it permits. " + KNOWN_ELSEWHERE


class GroupForm(forms.Form):
    name = forms.CharField(max_length=groups.NAME_MAX_LENGTH, widget=UnfoldAdminTextInputWidget(), strip=False)


class GroupPages(Pages):
    title = "Groups"
    icon = "group"
    group = "People"
    actions = {
        "view": Action.LIST_USERS,
        "add": Action.CREATE_GROUP,
        "change": Action.RENAME_GROUP,
        "delete": Action.DELETE_GROUP,
    }

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        authorisation.require(Action.LIST_USERS, actor=doorway.caller_of(request))
        page = keyset.read(request, Group.objects.order_by("name").prefetch_related("permissions__content_type"))
        context = {
            "table": {"headers": HEADERS, "rows": [self._row(group) for group in page.rows]},
            "next_url": page.next_url,
            "first_url": page.first_url,
            "add_url": self.has_add_permission(request) and self.url("add"),
            "add_label": "New group",
            "empty_title": "No groups yet",
            "empty_text": "A group's name stands in tokens, where other services read it; and it may permit things.",
        }
        return self.page(request, "list", self.title, context)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        authorisation.require(Action.CREATE_GROUP, actor=doorway.caller_of(request))
        return edits.edit(
            self,
            request,
            Edit("New group", "Make the group", "The group is there, and nobody is in it yet.", self.list_url),
            GroupForm(answered.data_of(request)),
            lambda given: groups.create(given["name"], **self.by(request)),
            onward=lambda _: self.list_url,
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        group = self._group(request, object_id, answered.action_of(request, Action.LIST_USERS, Action.RENAME_GROUP))
        may_change = self.has_change_permission(request)
        form = GroupForm(answered.data_of(request), initial={"name": group.name}) if may_change else None
        return edits.edit(
            self,
            request,
            Edit(group.name, "Rename", "The group has its new name.", self.list_url, self._beside(request, group)),
            form,
            lambda given: groups.rename(group.name, new_name=given["name"], **self.by(request)),
            onward=lambda renamed: self.url("change", renamed.pk),
        )

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        group = self._group(request, object_id, Action.DELETE_GROUP)
        page = self.url("change", group.pk)
        said = "The group is gone."
        act = Act("Delete", REMOVE, said, page, ((group.name, page),), onward=self.list_url, is_grave=True)
        return ask(self, request, act, lambda _: groups.delete(group.name, **self.by(request)))

    def _group(self, request: HttpRequest, object_id: str, action: Action) -> Group:
        authorisation.require(action, actor=doorway.caller_of(request))
        found = Group.objects.filter(pk=object_id).first() if ID.fullmatch(object_id) else None
        if found is None:
            raise NotFound("There is no such group.")
        return found

    def _row(self, group: Group) -> list[Any]:
        return [cells.link(self.url("change", group.pk), group.name), _permits(group)]

    def _beside(self, request: HttpRequest, group: Group) -> dict[str, Any]:
        acts = [("Delete", self.url("delete", group.pk), "danger")] if self.has_delete_permission(request) else []
        return {"text": KNOWN_ELSEWHERE, "facts": [("Permits here", _permits(group))], "acts": acts}


def _permits(group: Group) -> Any:
    names = sorted(f"{each.content_type.app_label}.{each.codename}" for each in group.permissions.all())
    return cells.mono(" ".join(names)) if names else cells.NOTHING
