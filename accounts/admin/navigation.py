"""The sidebar: the rooms that whoever asks may enter, in groups."""

from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest
from django.urls import reverse

from accounts.admin.pages import Pages

if TYPE_CHECKING:
    from accounts.admin.site import Site

GROUPS: Final = ("People", "Services", "Operation")
"""In this order; `Pages.group` names one."""


def groups(site: "Site", request: HttpRequest) -> list[dict[str, Any]]:
    """As Unfold's templates read it."""
    rooms = [pages for pages in site._registry.values() if isinstance(pages, Pages)]  # noqa: SLF001 - Django's own name
    seen = [pages for pages in rooms if pages.has_view_permission(request)]
    overview = _item(request, "Overview", "monitoring", reverse("admin:index"), is_exact=True)
    found: list[dict[str, Any]] = [{"title": None, "items": [overview]}]
    for name in GROUPS:
        items = [_item(request, pages.title, pages.icon, pages.list_url) for pages in seen if pages.group == name]
        found.append({"title": name, "separator": True, "items": items})
    return [group for group in found if group["items"]]


def _item(request: HttpRequest, title: str, icon: str, link: str, *, is_exact: bool = False) -> dict[str, Any]:
    active = request.path == link if is_exact else request.path.startswith(link)
    return {"title": title, "icon": icon, "link": link, "active": active, "has_permission": True}
