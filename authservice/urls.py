"""Where each door stands."""

from django.urls import URLResolver, include, path
from django.urls.resolvers import RoutePattern
from django.views.generic import RedirectView

from authservice import probes

PROBES = [("healthz", probes.health), ("readyz", probes.readiness), ("metrics", probes.metrics)]

urlpatterns = [
    *(path(route + slash, view) for route, view in PROBES for slash in ("", "/")),
    path("graphql", include("accounts.graphql.urls")),  # before the many that would be compared first
    # By name, and so read at the first request that comes there: most processes never serve it.
    URLResolver(RoutePattern("admin/"), "accounts.admin.urls", app_name="admin", namespace="admin"),
    path("admin", RedirectView.as_view(url="/admin/")),  # typed by people; of our pages it alone has one address
    path("", include("accounts.rest.urls")),
]

handler400 = "accounts.rest.problems.bad_request"
handler403 = "accounts.rest.problems.permission_denied"
handler404 = "accounts.rest.problems.page_not_found"
handler500 = "accounts.rest.problems.server_error"
