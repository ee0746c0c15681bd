"""The endpoint: GraphQL over HTTP, JSON only, one operation at a time."""

from typing import Any, Final

from csp.constants import NONE, SELF
from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from graphql import DocumentNode, ExecutionResult, GraphQLError, OperationType, execute_sync, get_operation_ast
from rest_framework.exceptions import MethodNotAllowed, NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.credentials import credentials_of
from accounts.graphql import documents, errors, requests
from accounts.graphql.context import Context
from accounts.graphql.documents import Rejected
from accounts.graphql.requests import GraphqlRequest
from accounts.graphql.schema import schema as graphene_schema

graphql_schema: Final = graphene_schema.graphql_schema
GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
PLAIN: Final = frozenset({"", "*/*", "application/json"})
GRAPHIQL_POLICY: Final = {
    "default-src": [NONE],
    "script-src": [SELF],
    "style-src": [SELF, "'unsafe-inline'"],
    "font-src": [SELF, "data:"],
    "img-src": [SELF, "data:"],
    "connect-src": [SELF],
    "worker-src": [SELF, "blob:"],
}


class PlainRenderer(JSONRenderer):
    charset = "utf-8"


class GraphqlResponseRenderer(PlainRenderer):
    media_type = GRAPHQL_RESPONSE


class Negotiation(DefaultContentNegotiation):
    """What the client likes best (RFC 9110 section 12.5.1); plain JSON for who likes everything, or says nothing.

    Most clients say what is in PLAIN, of which nothing need be weighed.
    """

    def select_parser(self, request: Request, parsers: Any) -> Any:
        plain = next((parser for parser in parsers if parser.media_type == request.content_type), None)
        return plain or super().select_parser(request, parsers)

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        if request.META.get("HTTP_ACCEPT", "") in PLAIN:
            return renderers[0], renderers[0].media_type
        offered = {f"{renderer.media_type}; charset=utf-8": renderer for renderer in renderers}
        preferred = request.get_preferred_type(list(offered))
        if preferred is None and request.META.get("HTTP_ACCEPT", "").strip():
            raise NotAcceptable(available_renderers=renderers)
        renderer = offered[preferred or next(iter(offered))]
        return renderer, renderer.media_type


class GraphqlView(APIView):
    """A token is looked at when a field asks who is calling, so that an expired one can be refreshed."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    renderer_classes = (PlainRenderer, GraphqlResponseRenderer)
    content_negotiation_class = Negotiation
    schema = None  # GraphQL describes itself; the OpenAPI document is REST's

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "GET" and "query" not in request.GET and _wants_graphiql(request):
            return graphiql(request)
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: Request) -> Response:
        return self._answer(request, requests.of_query_string(request.query_params.dict()), may_mutate=False)

    def post(self, request: Request) -> Response:
        return self._answer(request, requests.of_body(request.data), may_mutate=True)

    def _answer(self, request: Request, asked: GraphqlRequest, *, may_mutate: bool) -> Response:
        try:
            document = documents.read(asked.query, graphql_schema, introspection=settings.GRAPHIQL)
        except Rejected as rejected:
            return self._response(request, ExecutionResult(None, rejected.reasons), is_executed=False)
        if not may_mutate and not _is_query(document, asked.operation_name):
            raise MethodNotAllowed("GET", "Only queries can be asked by GET.")
        result = _executed(document, asked, request)
        return self._response(request, result, is_executed=result.data is not None or _has_path(result))

    def _response(self, request: Request, result: ExecutionResult, *, is_executed: bool) -> Response:
        body: dict[str, Any] = {"data": result.data} if is_executed else {}
        if result.errors:
            body["errors"] = [errors.formatted(error) for error in result.errors]
        is_newer = request.accepted_media_type == GRAPHQL_RESPONSE
        return Response(
            body, status=400 if is_newer and not is_executed else 200, headers={"Cache-Control": "no-store"}
        )


@csp_replace(GRAPHIQL_POLICY)
def graphiql(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/graphiql.html")


def _executed(document: DocumentNode, asked: GraphqlRequest, request: Request) -> ExecutionResult:
    credentials = credentials_of(request.META)
    if request.method != "POST":
        credentials = credentials.without_cookies()
    context = Context(credentials=credentials, meta=request.META)
    return execute_sync(
        graphql_schema,
        document,
        context_value=context,
        variable_values=asked.variables,
        operation_name=asked.operation_name,
        hide_suggestions=not settings.GRAPHIQL,
    )


def _has_path(result: ExecutionResult) -> bool:
    """An error with a path came from a field, so execution had begun."""
    return any(isinstance(error, GraphQLError) and error.path for error in result.errors or ())


def _is_query(document: DocumentNode, operation_name: str | None) -> bool:
    operation = get_operation_ast(document, operation_name)
    return operation is None or operation.operation == OperationType.QUERY


def _wants_graphiql(request: HttpRequest) -> bool:
    return bool(settings.GRAPHIQL) and "text/html" in request.META.get("HTTP_ACCEPT", "")
