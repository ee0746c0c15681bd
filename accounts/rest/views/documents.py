"""The OpenAPI document, and the pages that show it, with everything from our own host."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.decorators import method_decorator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerSplitView

from accounts.rest.problems import safe_only

REDOC_SCRIPT: Final = "drf_spectacular_sidecar/redoc/bundles/redoc.standalone.js"
FOREIGN_LOGO: Final = "https://cdn.redoc.ly/redoc/logo-mini.svg"
NO_IMAGE: Final = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


class SchemaView(SpectacularAPIView):
    """JSON unless YAML is asked for by `Accept` or `?format=yaml`; a browser is sent to Swagger UI."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiYamlRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer]
    urlconf = "accounts.rest.urls"

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """Before negotiation, which knows no HTML and would answer 406."""
        if "text/html" in request.META.get("HTTP_ACCEPT", "") and "format" not in request.GET:
            return HttpResponseRedirect("/api/docs")
        return super().dispatch(request, *args, **kwargs)


SWAGGER_POLICY = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF, "'unsafe-inline'"],
    "img-src": [SELF, "data:"],
    "connect-src": [SELF],
}


@method_decorator(csp_replace(SWAGGER_POLICY), name="dispatch")
class SwaggerView(SpectacularSwaggerSplitView):
    url = "/api/schema?format=json"
    template_name = "accounts/swagger.html"


@method_decorator(csp_replace(SWAGGER_POLICY | {"worker-src": ["blob:"]}), name="dispatch")
class RedocView(SpectacularRedocView):
    url = "/api/schema?format=json"
    template_name = "accounts/redoc.html"


@safe_only
def redoc_script(request: HttpRequest) -> HttpResponse:
    """ReDoc's bundle without the one picture that it would fetch from its maker's host."""
    return HttpResponse(
        _redoc_script(), content_type="text/javascript", headers={"Cache-Control": "public, max-age=3600"}
    )


@lru_cache(maxsize=1)
def _redoc_script() -> bytes:
    if not isinstance(found := finders.find(REDOC_SCRIPT), str):
        raise FileNotFoundError(REDOC_SCRIPT)
    return Path(found).read_bytes().replace(FOREIGN_LOGO.encode(), NO_IMAGE.encode())
