"""The log of notices, for services that follow it."""

from typing import Final

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.models import NoticeType
from accounts.rest.pagination import LIMIT, limit_of
from accounts.rest.schema import OPEN_TO_SERVICES, answers, by_client_token
from accounts.rest.serializers.notices import TYPES, AcknowledgementRequest, NoticePageResponse
from accounts.rest.serializers.shaping import shape
from accounts.rest.views.api import OpenToServices
from accounts.services.authorisation import Action
from accounts.services.following import acknowledgement, notices

AFTER: Final = OpenApiParameter(
    "after",
    str,
    description="The last answer's `cursor`. Without it: from the oldest notice that an unexpired token could meet.",
)
ONLY: Final = OpenApiParameter(
    "types", {"type": "array", "items": {"type": "string"}}, explode=False, description=f"Only these: {TYPES}."
)


class NoticesView(OpenToServices):
    actions = {"get": Action.READ_NOTICES}

    @extend_schema(
        operation_id="list_notices",
        tags=["For other services"],
        parameters=[AFTER, LIMIT, ONLY],
        responses=answers(
            {200: NoticePageResponse},
            *(errors.InvalidInput, *OPEN_TO_SERVICES, errors.CursorExpired),
            takes_body=False,
        ),
    )
    def get(self, request: Request) -> Response:
        """What has changed, in the order in which it was committed. Poll it: nothing is left out between two answers.

        After 410 something may have been missed: begin without a cursor, and fetch anew what was copied from here.
        """
        page = notices.read(
            actor=self.caller,
            after=_position_of(request),
            limit=limit_of(request),
            types=_types_of(request),
        )
        return Response(shape(NoticePageResponse, page))


class AcknowledgementView(OpenToServices):
    actions = {"post": Action.READ_NOTICES}

    @extend_schema(
        operation_id="acknowledge_notices",
        tags=["For other services"],
        auth=by_client_token(Action.READ_NOTICES),  # type: ignore[arg-type]  # the hint knows of names alone
        request=AcknowledgementRequest,
        responses=answers({204: None}, *OPEN_TO_SERVICES, errors.CursorExpired),
    )
    def post(self, request: Request) -> Response:
        """Say that everything up to a cursor is dealt with, above all that who was deleted is gone. For a service
        client that holds personal data: by the one process that keeps its cursor, after its own commit.

        Deletions wait for it. An older cursor than one before changes nothing.
        """
        acknowledgement.acknowledge(**self.read(AcknowledgementRequest), actor=self.caller)
        return Response(status=204)


def _position_of(request: Request) -> str | None:
    """`?after=`. Whoever sends it as `cursor`, as lists have it, would read the same page for ever."""
    if "cursor" in request.query_params:
        raise serializers.ValidationError({"cursor": "Send it as `after`."}, code="unknown_field")
    return request.query_params.get("after")


def _types_of(request: Request) -> frozenset[NoticeType]:
    """`?types=`, separated by commas; empty when it is not there."""
    if (raw := request.query_params.get("types")) is None:
        return frozenset()
    try:
        return frozenset(NoticeType(name) for name in raw.split(","))
    except ValueError:
        raise serializers.ValidationError({"types": f"There are: {', '.join(NoticeType)}."}, code="invalid") from None
