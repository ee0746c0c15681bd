"""Service clients and their secrets, for those who look after them."""

from typing import Final
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.rest.pagination import NewestFirst
from accounts.rest.schema import OPEN_TO_SERVICES, answers
from accounts.rest.serializers.clients import (
    ClientChangeRequest,
    ClientRequest,
    ClientResponse,
    ClientSecretRequest,
    ClientSecretResponse,
    NewClientResponse,
    NewSecretResponse,
)
from accounts.rest.serializers.shaping import shape
from accounts.rest.views.api import OpenToServices
from accounts.services.authorisation import Action
from accounts.services.clients import clients

TAGS: Final = ["Administration"]
REFUSALS: Final = (*OPEN_TO_SERVICES, errors.NotFound)


class ClientsView(OpenToServices):
    pagination_class = NewestFirst
    actions = {"get": Action.READ_CLIENTS, "post": Action.CREATE_CLIENT}

    @extend_schema(
        operation_id="list_clients",
        tags=TAGS,
        responses=answers(
            {200: NewestFirst.page_of(ClientResponse)}, errors.InvalidInput, *OPEN_TO_SERVICES, takes_body=False
        ),
        parameters=NewestFirst.parameters,
    )
    def get(self, request: Request) -> Response:
        """The service clients, newest first."""
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(clients.listed(actor=self.caller), request, view=self)
        return paginator.get_paginated_response(ClientResponse(page, many=True).data)

    @extend_schema(
        operation_id="create_client",
        tags=TAGS,
        request=ClientRequest,
        responses=answers({201: NewClientResponse}, *OPEN_TO_SERVICES),
    )
    def post(self, request: Request) -> Response:
        """Make a service client. Its secret is in this answer, and nowhere else afterwards.

        Nobody makes a client that may do what they may not do themselves.
        """
        body = self.read(ClientRequest)
        made = clients.create(**body, actor=self.caller, origin=self.origin)
        return Response(shape(ClientResponse, made.client) | {"secret": made.secret}, status=201)


class ClientView(OpenToServices):
    actions = {"get": Action.READ_CLIENTS, "patch": Action.CHANGE_CLIENT, "delete": Action.DELETE_CLIENT}

    @extend_schema(
        operation_id="get_client", tags=TAGS, responses=answers({200: ClientResponse}, *REFUSALS, takes_body=False)
    )
    def get(self, request: Request, client_id: str) -> Response:
        """A service client, and what is known of its secrets."""
        return Response(shape(ClientResponse, clients.get(client_id, actor=self.caller)))

    @extend_schema(
        operation_id="update_client",
        tags=TAGS,
        request=ClientChangeRequest,
        responses=answers({200: ClientResponse}, *REFUSALS),
    )
    def patch(self, request: Request, client_id: str) -> Response:
        """Change a service client; what is not sent stays. Disabling it, or taking a scope away, ends its tokens."""
        changes = self.read(ClientChangeRequest, partial=True)
        end_tokens = changes.pop("end_tokens", False)
        changed = clients.change(client_id, changes, end_tokens=end_tokens, actor=self.caller, origin=self.origin)
        return Response(shape(ClientResponse, changed))

    @extend_schema(operation_id="delete_client", tags=TAGS, responses=answers({204: None}, *REFUSALS, takes_body=False))
    def delete(self, request: Request, client_id: str) -> Response:
        """Remove a service client. Its tokens end at once, and no deletion waits for it any more."""
        clients.remove(client_id, actor=self.caller, origin=self.origin)
        return Response(status=204)


class ClientSecretsView(OpenToServices):
    actions = {"post": Action.CHANGE_CLIENT}

    @extend_schema(
        operation_id="add_client_secret",
        tags=TAGS,
        request=ClientSecretRequest,
        responses=answers({201: NewSecretResponse}, *REFUSALS, errors.TooManySecrets),
    )
    def post(self, request: Request, client_id: str) -> Response:
        """Make a second secret. It is in this answer, and nowhere else afterwards; the first one holds until it is
        revoked, so that a service can change from one to the other without an outage.
        """
        self.read(ClientSecretRequest)
        added = clients.add_secret(client_id, actor=self.caller, origin=self.origin)
        return Response(shape(ClientSecretResponse, added.row) | {"secret": added.secret}, status=201)


class ClientSecretView(OpenToServices):
    actions = {"delete": Action.CHANGE_CLIENT}

    @extend_schema(
        operation_id="revoke_client_secret", tags=TAGS, responses=answers({204: None}, *REFUSALS, takes_body=False)
    )
    def delete(self, request: Request, client_id: str, secret_id: UUID) -> Response:
        """Revoke a secret. Tokens that it brought go on until they expire, or `end_tokens` ends them."""
        clients.revoke_secret(client_id, secret_id, actor=self.caller, origin=self.origin)
        return Response(status=204)
