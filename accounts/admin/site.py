"""The admin's site: its pages by name, who comes in, and how one signs in and out."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_protect
from unfold.sites import UnfoldAdminSite

from accounts import errors
from accounts.admin import cookie, doorway, forms, navigation, refusals
from accounts.admin.overview import page as overview
from accounts.admin.signing_in import SignInForm
from accounts.principals import UserPrincipal
from accounts.services import admin_entry


class Site(UnfoldAdminSite):  # type: ignore[misc]  # Unfold has no types
    """Nobody's password is changed here, and no session but the house's own is known."""

    site_header = site_title = "authservice"
    index_title = "Overview"
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return doorway.find_entrant(request) is not None

    def admin_view(self, view: doorway.View, cacheable: bool = False) -> Callable[..., Any]:  # noqa: FBT001, FBT002 - Django's signature
        return doorway.around(super().admin_view(view, cacheable))

    def get_urls(self) -> list[URLPattern]:
        """Without Django's own ways to a password, to search by whatever there is, and to what a model is called."""
        dropped = {"search", "password_change", "password_change_done", "autocomplete", "view_on_site", "jsi18n"}
        kept = [each for each in super().get_urls() if getattr(each, "name", None) not in {*dropped, "login"}]
        return [path("login/", doorway.around(csrf_protect(self.login)), name="login"), *kept]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Signs in as everywhere, and goes on to where somebody wanted to be."""
        if request.method == "GET" and self.has_permission(request):
            return HttpResponseRedirect(_wanted(request))
        form = SignInForm(request.POST if request.method == "POST" else None)
        entered = forms.submit(form, lambda given: _enter(request, given))
        if entered is None:
            return self._login_page(request, form)
        if (before := doorway.find_entrant(request)) is not None:  # its cookie is replaced: nobody could end it
            admin_entry.leave(before.principal, origin=doorway.origin(request))
        response = HttpResponseRedirect(_wanted(request))
        cookie.put(response, entered.value)
        rotate_token(request)  # whoever knew the one before, or had planted it, knows this one no more
        return response

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """By a form alone: a link elsewhere must sign nobody out, and leads to the overview."""
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:index"))
        admin_entry.leave(doorway.caller_of(request), origin=doorway.origin(request))
        response = HttpResponseRedirect(reverse("admin:login"))
        cookie.drop(response)
        return response

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return overview.show(self, request)

    def get_sidebar_list(self, request: HttpRequest) -> list[dict[str, Any]]:
        return navigation.groups(self, request)

    def _login_page(self, request: HttpRequest, form: SignInForm) -> HttpResponse:
        context = self.each_context(request) | {"title": "Sign in", "form": form, "next": request.GET.get("next", "")}
        response = TemplateResponse(request, "accounts/admin/login.html", context, status=forms.status_of(form))
        return refusals.marked(response, forms.refusal_of(form))


def _enter(request: HttpRequest, given: dict[str, Any]) -> UserPrincipal:
    """Who is kept out is told here, and not sent to where they are."""
    try:
        return admin_entry.enter(**given, origin=doorway.origin(request))
    except errors.AccountSuspended as refusal:
        raise errors.PermissionDenied(refusal.detail) from None


def _wanted(request: HttpRequest) -> str:
    """Where to go on, on this host; the overview else, and instead of the login itself, and of the way out."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith(cookie.PATH)
    is_door = wanted.startswith((reverse("admin:login"), reverse("admin:logout")))
    return wanted if is_ours and not is_door else reverse("admin:index")


site = Site()
