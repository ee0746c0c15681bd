"""What anybody may read: the public keys, and what the problem codes mean."""

import hashlib
import json

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest import guides, problems
from accounts.rest.schema import answers
from accounts.rest.views.api import ApiView
from accounts.services.signing_keys import keys

JWKS = inline_serializer("JwksResponse", {"keys": serializers.ListField(child=serializers.DictField())})


class JwksView(ApiView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    cache_control = "public, max-age=300"

    @extend_schema(
        operation_id="get_jwks", tags=["For other services"], responses=answers({200: JWKS}, takes_body=False)
    )
    def get(self, request: Request) -> HttpResponse:
        """The public keys (RFC 7517). A key stands here before it signs, and as long as anything it signed may live."""
        document = {"keys": keys.published()}
        etag = quote_etag(hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:32])
        response = Response(document, headers={"ETag": etag})
        return get_conditional_response(request._request, etag=etag, response=response) or response  # noqa: SLF001


@problems.safe_only
@csp_replace({"default-src": [NONE], "style-src": [SELF], "img-src": ["data:"]})  # type: ignore[arg-type]
def problem_page(request: HttpRequest, code: str) -> HttpResponse:
    """Where `type` of a problem document leads: the usual reason, the fix, and the curl that shows it."""
    if (guide := guides.GUIDES.get(code)) is None:
        raise Http404
    return render(request, "accounts/problem.html", {"code": code, "guide": guide})
