"""A room of the admin: Django's names and places for a model's pages, and none of its ways to write.

Whoever may see, add, change or delete is for policy to say, and a service does it. A page that a room does not have
is not found: Django's own, which would count all rows and save what a form says, are never reached.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, NoReturn

from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from unfold.admin import ModelAdmin

from accounts.admin import doorway
from accounts.services.authorisation import Action


class Pages(ModelAdmin):  # type: ignore[misc]  # Unfold has no types
    """`actions` says what policy is asked about, by Django's word for it: view, add, change, delete."""

    title: ClassVar[str]
    icon: ClassVar[str]
    """A name out of Material Symbols."""
    group: ClassVar[str]
    """Of the sidebar's."""
    actions: ClassVar[Mapping[str, Action]]

    @property
    def list_url(self) -> str:
        return self.url("changelist")

    def url(self, name: str, *args: Any) -> str:
        """Of one of the room's pages, by Django's name for it: changelist, add, change, delete, or one of its own."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    def own_urls(self, views: Iterable[tuple[str, Callable[..., HttpResponse]]]) -> list[URLPattern]:
        """Of pages beside Django's: each is named for its view, and stands behind the site's door."""
        prefix = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path(route, self.admin_site.admin_view(view), name=f"{prefix}_{view.__name__}") for route, view in views
        ]

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request, "view")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request, "delete")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request, "view")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        raise Http404

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        raise Http404

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        raise Http404

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        raise Http404

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        raise Http404

    def save_model(self, *_: Any, **__: Any) -> NoReturn:
        raise NotImplementedError("A service does it.")

    delete_model = delete_queryset = save_related = save_model

    def page(
        self, request: HttpRequest, template: str, title: str, context: Mapping[str, Any], *, status: int = 200
    ) -> HttpResponse:
        """One of ours, within the site's frame, with the way back to the list."""
        trail = [] if title == self.title else [(self.title, self.list_url)]
        frame = self.admin_site.each_context(request) | {"title": title, "trail": trail}
        return render(request, f"accounts/admin/{template}.html", frame | context, status=status)

    @staticmethod
    def by(request: HttpRequest) -> dict[str, Any]:
        """Who calls a service, and from where."""
        return {"actor": doorway.caller_of(request), "origin": doorway.origin(request)}

    def _may(self, request: HttpRequest, word: str) -> bool:
        return word in self.actions and doorway.may(request, self.actions[word])
