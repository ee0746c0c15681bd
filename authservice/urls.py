"""Where each door stands."""

from django.urls import include, path

from authservice import probes

PROBES = [("healthz", probes.health), ("readyz", probes.readiness), ("metrics", probes.metrics)]

urlpatterns = [
    *(path(route + slash, view) for route, view in PROBES for slash in ("", "/")),
    path("graphql", include("accounts.graphql.urls")),  # before the many that would be compared first
    path("", include("accounts.rest.urls")),
]

handler400 = "accounts.rest.problems.bad_request"
handler403 = "accounts.rest.problems.permission_denied"
handler404 = "accounts.rest.problems.page_not_found"
handler500 = "accounts.rest.problems.server_error"
