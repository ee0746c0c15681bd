"""Tokens for service clients, introspection, revocation."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts import errors
from accounts.models import Scope
from accounts.rest.oauth import client_authentication, granting
from accounts.rest.oauth.documents import IN_BODY, oauth_answers, oauth_request
from accounts.rest.oauth.errors import INVALID_TOKEN, NO_STORE, UnsupportedGrantType, exception_handler
from accounts.rest.oauth.forms import FormParser, given_in
from accounts.rest.parsers import StrictJSONParser
from accounts.rest.serializers.oauth import (
    ClientTokenResponse,
    IntrospectionForm,
    IntrospectionJson,
    IntrospectionResponse,
    RevocationForm,
    RevocationJson,
    TokenForm,
    TokenJson,
)
from accounts.rest.serializers.shaping import take
from accounts.rest.views.api import ApiView
from accounts.services import introspection, token_revocation


class OAuthView(ApiView):
    """Takes forms, and JSON as everywhere here; says a refusal as OAuth clients read it. Nothing is read of a query."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (FormParser, StrictJSONParser)

    @property
    def authorization(self) -> str:
        return str(self.request.META.get("HTTP_AUTHORIZATION", "")).strip()

    def read_form(self, form_class: type[BaseSerializer[Any]]) -> dict[str, Any]:
        return take(form_class, given_in(cast("dict[str, Any]", self.request.data)))  # both parsers make one

    def get_exception_handler(self) -> Any:
        return exception_handler

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Response:
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers["Pragma"] = NO_STORE["Pragma"]
        return final


class TokenView(OAuthView):
    @extend_schema(
        operation_id="get_client_token",
        tags=["For other services"],
        auth=[{"client_secret": []}, IN_BODY],  # type: ignore[list-item]  # the hint knows of names alone
        request=oauth_request(TokenForm, TokenJson),
        responses=oauth_answers(
            {200: ClientTokenResponse},
            errors.InvalidClient,
            errors.InvalidScope,
            others={400: UnsupportedGrantType.default_code},
        ),
    )
    def post(self, request: Request) -> Response:
        """Get an access token for a service client (RFC 6749 section 4.4)."""
        return Response(granting.grant(self.authorization, self.read_form(TokenForm)))


class IntrospectionView(OAuthView):
    @extend_schema(
        operation_id="introspect",
        tags=["For other services"],
        auth=[{"client_secret": []}, {"client_token": [Scope.TOKENS_INTROSPECT.value]}, IN_BODY],  # type: ignore[list-item]
        request=oauth_request(IntrospectionForm, IntrospectionJson),
        responses=oauth_answers(
            {200: IntrospectionResponse}, errors.InvalidClient, errors.InsufficientScope, others={401: INVALID_TOKEN}
        ),
    )
    def post(self, request: Request) -> Response:
        """Learn what a token is worth at present (RFC 7662). Needs the scope `tokens:introspect`."""
        form = self.read_form(IntrospectionForm)
        caller = client_authentication.find_caller(self.authorization, form)
        if caller is None:
            raise errors.InvalidClient(client_authentication.NEEDED)
        return Response(introspection.introspect(form["token"], actor=caller))


class RevocationView(OAuthView):
    @extend_schema(
        operation_id="revoke",
        tags=["For other services"],
        auth=[{"client_secret": []}, {"client_token": []}, {"bearer": []}, {}],  # type: ignore[list-item]
        request=oauth_request(RevocationForm, RevocationJson),
        responses=oauth_answers(
            {200: None}, errors.InvalidClient, errors.UnsupportedTokenType, others={401: INVALID_TOKEN}
        ),
    )
    def post(self, request: Request) -> Response:
        """End the session behind a person's token (RFC 7009). Holding the token suffices; credentials that are sent
        have to be right.
        """
        form = self.read_form(RevocationForm)
        client_authentication.find_caller(self.authorization, form)
        token_revocation.revoke(form["token"], origin=self.origin)
        return Response()
