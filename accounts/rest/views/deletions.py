"""Deleting accounts: one's own, and by staff; how far it has come, and the receipt."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.rest.schema import AUTHENTICATED, answers
from accounts.rest.serializers.deletions import (
    DeletionForceRequest,
    DeletionRequest,
    DeletionResponse,
    ReceiptResponse,
)
from accounts.rest.serializers.shaping import shape
from accounts.rest.views.api import ApiView
from accounts.services.deleting import deletion, receipts

STAFF_ONLY = (*AUTHENTICATED, errors.PermissionDenied, errors.NotFound)


class OwnDeletionView(ApiView):
    @extend_schema(
        operation_id="delete_own_user",
        tags=["Account"],
        request=DeletionRequest,
        responses=answers(
            {202: DeletionResponse}, *AUTHENTICATED, errors.WrongPassword, errors.TooManyAttempts, errors.Busy
        ),
    )
    def post(self, request: Request) -> Response:
        """Delete the caller's account. Every session ends at once, and there is no way back."""
        body = self.read(DeletionRequest).validated_data
        requested = deletion.request_own(**body, actor=self.principal, origin=self.origin)
        return Response(shape(DeletionResponse, requested), status=202)


class UserDeletionView(ApiView):
    @extend_schema(
        operation_id="delete_user",
        tags=["Administration"],
        responses=answers({202: DeletionResponse}, *STAFF_ONLY, takes_body=False),
    )
    def delete(self, request: Request, user_id: UUID) -> Response:
        """Delete somebody's account. Every session of theirs ends at once; repeating does no harm."""
        requested = deletion.request(user_id, actor=self.principal, origin=self.origin)
        return Response(shape(DeletionResponse, requested), status=202)


class ReceiptView(ApiView):
    @extend_schema(
        operation_id="get_deletion",
        tags=["Administration"],
        responses=answers({200: ReceiptResponse}, *STAFF_ONLY, takes_body=False),
    )
    def get(self, request: Request, user_id: UUID) -> Response:
        """Learn how far a deletion has come. It is the receipt once it is completed, and stays."""
        return Response(shape(ReceiptResponse, receipts.report(user_id, actor=self.principal)))


class DeletionForceView(ApiView):
    @extend_schema(
        operation_id="force_deletion",
        tags=["Administration"],
        request=DeletionForceRequest,
        responses=answers({200: ReceiptResponse}, *STAFF_ONLY),
    )
    def post(self, request: Request, user_id: UUID) -> Response:
        """Complete a deletion without waiting for the services that have not acknowledged it. The first reason stays,
        and a deletion that is complete already takes none. Whoever may force needs no other permission for the receipt.
        """
        body = self.read(DeletionForceRequest).validated_data
        receipt = deletion.force(user_id, **body, actor=self.principal, origin=self.origin)
        return Response(shape(ReceiptResponse, receipt))
