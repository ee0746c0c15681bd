"""Where each door stands."""

from django.urls import include, path
from django.views.generic import RedirectView

from authservice import probes

urlpatterns = [
    path("", RedirectView.as_view(url="/api/docs")),
    path("healthz", probes.health),
    path("readyz", probes.readiness),
    path("metrics", probes.metrics),
    path("", include("accounts.rest.urls")),
]

handler400 = "accounts.rest.problems.bad_request"
handler403 = "accounts.rest.problems.permission_denied"
handler404 = "accounts.rest.problems.page_not_found"
handler500 = "accounts.rest.problems.server_error"
