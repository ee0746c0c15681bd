"""Somebody else by their id: who they are, many at once, what changes of them, and their deletion."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.rest.schema import OPEN_TO_SERVICES, answers
from accounts.rest.serializers.administration import UserChangeRequest
from accounts.rest.serializers.deletions import DeletionResponse
from accounts.rest.serializers.people import UserLookupRequest, UserLookupResponse
from accounts.rest.serializers.shaping import shape
from accounts.rest.serializers.users import PersonResponse
from accounts.rest.views.api import OpenToServices
from accounts.services import user_lookup
from accounts.services.administration import changing
from accounts.services.authorisation import Action
from accounts.services.deleting import deletion

REFUSALS = (*OPEN_TO_SERVICES, errors.NotFound)


class PersonView(OpenToServices):
    actions = {"get": Action.READ_USERS, "patch": Action.CHANGE_USER, "delete": Action.DELETE_USER}

    @extend_schema(
        operation_id="get_user_by_id",
        tags=["For other services"],
        responses=answers({200: PersonResponse}, *REFUSALS, takes_body=False),
    )
    def get(self, request: Request, user_id: UUID) -> Response:
        """Who somebody is. Nobody is found who is being deleted, or was."""
        return Response(shape(PersonResponse, user_lookup.get(user_id, actor=self.caller)))

    @extend_schema(
        operation_id="update_user_by_id",
        tags=["Administration"],
        request=UserChangeRequest,
        responses=answers({200: PersonResponse}, *REFUSALS, errors.EmailTaken),
    )
    def patch(self, request: Request, user_id: UUID) -> Response:
        """Change somebody's account; what is not sent stays. Nobody gives, or takes, what they do not have themselves,
        nor changes their own address or rank here.
        """
        changes = self.read(UserChangeRequest, partial=True)
        return Response(shape(PersonResponse, changing.change(user_id, changes, actor=self.caller, origin=self.origin)))

    @extend_schema(
        operation_id="delete_user",
        tags=["Administration"],
        responses=answers({202: DeletionResponse}, *REFUSALS, takes_body=False),
    )
    def delete(self, request: Request, user_id: UUID) -> Response:
        """Delete somebody's account. Every session of theirs ends at once; repeating does no harm."""
        requested = deletion.request(user_id, actor=self.caller, origin=self.origin)
        return Response(shape(DeletionResponse, requested), status=202)


class LookupView(OpenToServices):
    actions = {"post": Action.READ_USERS}

    @extend_schema(
        operation_id="lookup_users",
        tags=["For other services"],
        request=UserLookupRequest,
        responses=answers({200: UserLookupResponse}, *OPEN_TO_SERVICES),
    )
    def post(self, request: Request) -> Response:
        """Who many people are, at once, and which of them are gone. A copy that is kept elsewhere is mended by it."""
        body = self.read(UserLookupRequest)
        return Response(shape(UserLookupResponse, user_lookup.look_up(body["ids"], actor=self.caller)))
