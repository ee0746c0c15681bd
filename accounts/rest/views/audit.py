"""What happened, for those who look into it."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.rest.pagination import NewestFirst, filters_of
from accounts.rest.schema import OPEN_TO_SERVICES, answers
from accounts.rest.serializers.audit import AuditEventQuery, AuditEventResponse
from accounts.rest.serializers.shaping import take
from accounts.rest.views.api import OpenToServices
from accounts.services.auditing import events
from accounts.services.authorisation import Action


class NewestEventFirst(NewestFirst):
    ordering = ("-occurred_at", "-id")


class AuditEventsView(OpenToServices):
    pagination_class = NewestEventFirst
    actions = {"get": Action.READ_AUDIT}

    @extend_schema(
        operation_id="list_audit_events",
        tags=["Administration"],
        parameters=[AuditEventQuery, *NewestFirst.parameters],
        responses=answers(
            {200: NewestFirst.page_of(AuditEventResponse)},
            *(errors.InvalidInput, *OPEN_TO_SERVICES),
            takes_body=False,
        ),
    )
    def get(self, request: Request) -> Response:
        """What happened, newest first: who did what to whom, and from where, until that is erased."""
        found = events.listed(take(AuditEventQuery, filters_of(request)), actor=self.caller)
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(found, request, view=self)
        return paginator.get_paginated_response(AuditEventResponse(page, many=True).data)
