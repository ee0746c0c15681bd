"""The page at `/`: what this is, how it looks when somebody signs in, and where its doors are."""

from typing import Final

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from accounts.conf import auth_settings
from accounts.rest.problems import safe_only
from accounts.services import demo

POLICY: Final = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF],
    "img-src": ["data:"],
    "connect-src": [SELF],
}
DOORS: Final = {
    "docs": "/api/docs",
    "reference": "/api/redoc",
    "schema": "/api/schema",
    "graphql": "/graphql",
    "admin": "/admin/",
    "keys": "/.well-known/jwks.json",
    "health": "/healthz",
}


@safe_only
@csp_replace(POLICY)
def start_page(request: HttpRequest) -> HttpResponse:
    """A page for a browser, the same links as JSON for everybody else."""
    if "text/html" not in request.META.get("HTTP_ACCEPT", ""):
        return JsonResponse({"issuer": auth_settings.issuer} | DOORS)
    context = {
        "doors": DOORS,
        "has_graphiql": settings.GRAPHIQL,
        "demo": {"email": demo.EMAIL, "password": demo.PASSWORD} if settings.EMBEDDED else None,
    }
    return render(request, "accounts/start.html", context)
