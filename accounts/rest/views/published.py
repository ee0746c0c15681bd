"""What anybody may read: the public keys, what OAuth clients ask first, and what the problem codes mean."""

from typing import Any

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest import guides, problems, rendering
from accounts.rest.oauth import metadata
from accounts.rest.schema import answers
from accounts.rest.serializers.oauth import MetadataResponse
from accounts.rest.views.api import ApiView
from accounts.services.signing_keys import keys

JWKS = inline_serializer("JwksResponse", {"keys": serializers.ListField(child=serializers.DictField())})


class PublishedView(ApiView):
    """A document that may be kept for five minutes, and asked about by its ETag."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    cache_control = "public, max-age=300"

    def publish(self, document: dict[str, Any]) -> HttpResponse:
        etag = rendering.etag_of(document)
        response = Response(document, headers={"ETag": etag})
        request = self.request._request  # noqa: SLF001
        return get_conditional_response(request, etag=etag, response=response) or response


class JwksView(PublishedView):
    @extend_schema(
        operation_id="get_jwks", tags=["For other services"], responses=answers({200: JWKS}, takes_body=False)
    )
    def get(self, request: Request) -> HttpResponse:
        """The public keys (RFC 7517). A key stands here before it signs, and as long as anything it signed may live."""
        return self.publish({"keys": keys.published()})


class MetadataView(PublishedView):
    @extend_schema(
        operation_id="get_metadata",
        tags=["For other services"],
        responses=answers({200: MetadataResponse}, takes_body=False),
    )
    def get(self, request: Request) -> HttpResponse:
        """What OAuth clients have to know of this service (RFC 8414)."""
        return self.publish(metadata.document())


class MetadataAliasView(MetadataView):
    @extend_schema(
        operation_id="get_metadata_as_openid",
        tags=["For other services"],
        responses=answers({200: MetadataResponse}, takes_body=False),
    )
    def get(self, request: Request) -> HttpResponse:
        """The same, where many frameworks look for the keys. People do not sign in by OpenID Connect here."""
        return super().get(request)


@problems.safe_only
@csp_replace({"default-src": [NONE], "style-src": [SELF], "img-src": ["data:"]})  # type: ignore[arg-type]
def problem_page(request: HttpRequest, code: str) -> HttpResponse:
    """Where `type` of a problem document leads: the usual reason, the fix, and the curl that shows it."""
    if (guide := guides.GUIDES.get(code)) is None:
        raise Http404
    return render(request, "accounts/problem.html", {"code": code, "guide": guide})
