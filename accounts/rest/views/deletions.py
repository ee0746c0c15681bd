"""Deleting accounts: one's own, and by staff; how far it has come, and the receipt."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.rest.schema import AUTHENTICATED, OPEN_TO_SERVICES, answers
from accounts.rest.serializers.deletions import (
    DeletionForceRequest,
    DeletionRequest,
    DeletionResponse,
    ReceiptResponse,
)
from accounts.rest.serializers.shaping import shape
from accounts.rest.views.api import ApiView, OpenToServices, TakesPassword
from accounts.services.authorisation import Action
from accounts.services.deleting import deletion, receipts

REFUSALS = (*OPEN_TO_SERVICES, errors.NotFound)


class OwnDeletionView(TakesPassword, ApiView):
    @extend_schema(
        operation_id="delete_own_user",
        tags=["Account"],
        request=DeletionRequest,
        responses=answers(
            {202: DeletionResponse}, *AUTHENTICATED, errors.WrongPassword, errors.TooManyAttempts, errors.Busy
        ),
    )
    def post(self, request: Request) -> Response:
        """Delete the caller's account. Every session ends at once. There is no way back, but by a link that is mailed
        where deletions are put off; `begins_at` says until when.
        """
        body = self.read(DeletionRequest)
        requested = deletion.request_own(**body, actor=self.principal, origin=self.origin)
        return Response(shape(DeletionResponse, requested), status=202)


class ReceiptView(OpenToServices):
    actions = {"get": Action.READ_DELETION}

    @extend_schema(
        operation_id="get_deletion",
        tags=["Administration"],
        responses=answers({200: ReceiptResponse}, *REFUSALS, takes_body=False),
    )
    def get(self, request: Request, user_id: UUID) -> Response:
        """Learn how far a deletion has come. It is the receipt once it is completed, and stays."""
        return Response(shape(ReceiptResponse, receipts.report(user_id, actor=self.caller)))


class DeletionForceView(OpenToServices):
    actions = {"post": Action.FORCE_DELETION}

    @extend_schema(
        operation_id="force_deletion",
        tags=["Administration"],
        request=DeletionForceRequest,
        responses=answers({200: ReceiptResponse}, *REFUSALS),
    )
    def post(self, request: Request, user_id: UUID) -> Response:
        """Complete a deletion without waiting for the services that have not acknowledged it. The first reason stays,
        and a deletion that is complete already takes none. Whoever may force needs no other permission for the receipt.
        """
        body = self.read(DeletionForceRequest)
        receipt = deletion.force(user_id, **body, actor=self.caller, origin=self.origin)
        return Response(shape(ReceiptResponse, receipt))
