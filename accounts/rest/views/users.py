"""What staff do with people: suspend them, let them in again, look back."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.rest.pagination import NewestFirst
from accounts.rest.schema import OPEN_TO_SERVICES, answers
from accounts.rest.serializers.shaping import shape
from accounts.rest.serializers.suspensions import ReinstateRequest, SuspendRequest, SuspensionResponse
from accounts.rest.serializers.users import PersonResponse
from accounts.rest.views.api import OpenToServices
from accounts.services import suspension
from accounts.services.authorisation import Action

REFUSALS = (*OPEN_TO_SERVICES, errors.NotFound)


class SuspendView(OpenToServices):
    actions = {"post": Action.SUSPEND_USER}

    @extend_schema(
        operation_id="suspend_user",
        tags=["Administration"],
        request=SuspendRequest,
        responses=answers({200: PersonResponse}, *REFUSALS),
    )
    def post(self, request: Request, user_id: UUID) -> Response:
        """Suspend a user: signed out everywhere at once, and not let in until reinstated or `until`."""
        body = self.read(SuspendRequest)
        user = suspension.suspend(user_id, **body, actor=self.caller, origin=self.origin)
        return Response(shape(PersonResponse, user))


class ReinstateView(OpenToServices):
    actions = {"post": Action.REINSTATE_USER}

    @extend_schema(
        operation_id="reinstate_user",
        tags=["Administration"],
        request=ReinstateRequest,
        responses=answers({200: PersonResponse}, *REFUSALS),
    )
    def post(self, request: Request, user_id: UUID) -> Response:
        """Let a suspended user sign in again. Sessions that were ended stay ended; repeating does no harm."""
        self.read(ReinstateRequest)
        return Response(shape(PersonResponse, suspension.reinstate(user_id, actor=self.caller, origin=self.origin)))


class SuspensionsView(OpenToServices):
    pagination_class = NewestFirst
    actions = {"get": Action.READ_SUSPENSIONS}

    @extend_schema(
        operation_id="list_suspensions",
        tags=["Administration"],
        responses=answers(
            {200: NewestFirst.page_of(SuspensionResponse)}, errors.InvalidInput, *REFUSALS, takes_body=False
        ),
        parameters=NewestFirst.parameters,
    )
    def get(self, request: Request, user_id: UUID) -> Response:
        """A user's suspensions, newest first."""
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(suspension.history(user_id, actor=self.caller), request, view=self)
        return paginator.get_paginated_response(SuspensionResponse(page, many=True).data)
