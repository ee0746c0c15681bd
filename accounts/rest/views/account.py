"""The person who is calling: their details, password and sessions."""

from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.rest.pagination import NewestFirst
from accounts.rest.schema import AUTHENTICATED, answers
from accounts.rest.serializers.export import ExportResponse
from accounts.rest.serializers.shaping import shape
from accounts.rest.serializers.signing_in import PasswordChangeRequest, SessionResponse
from accounts.rest.serializers.users import ProfileRequest, UserResponse
from accounts.rest.streaming import stream
from accounts.rest.views.api import ApiView, TakesPassword
from accounts.services import exporting, password_change, profile, sign_out


class UserView(ApiView):
    @extend_schema(
        operation_id="get_user",
        tags=["Account"],
        responses=answers({200: UserResponse}, *AUTHENTICATED, takes_body=False),
    )
    def get(self, request: Request) -> Response:
        """Who is calling. Services call this with their caller's own token."""
        return Response(shape(UserResponse, self.user))

    @extend_schema(
        operation_id="update_user",
        tags=["Account"],
        request=ProfileRequest,
        responses=answers({200: UserResponse}, *AUTHENTICATED),
    )
    def patch(self, request: Request) -> Response:
        """Change what people may set about themselves; what is not sent stays."""
        changes = self.read(ProfileRequest, partial=True)
        return Response(shape(UserResponse, profile.update(changes, actor=self.principal, origin=self.origin)))


class ExportView(ApiView):
    @extend_schema(
        operation_id="export_user",
        tags=["Account"],
        responses=answers({200: ExportResponse}, *AUTHENTICATED, takes_body=False),
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Everything that is held here about the caller. What breaks off before the last brace is not all of it."""
        rooms = exporting.export(self.principal, origin=self.origin)
        return StreamingHttpResponse(stream(rooms), content_type="application/json")


class PasswordChangeView(TakesPassword, ApiView):
    @extend_schema(
        operation_id="change_password",
        tags=["Account"],
        request=PasswordChangeRequest,
        responses=answers({204: None}, *AUTHENTICATED, errors.WrongPassword, errors.TooManyAttempts, errors.Busy),
    )
    def post(self, request: Request) -> Response:
        """Set a new password. Every other session ends; this one goes on."""
        body = self.read(PasswordChangeRequest)
        password_change.change_password(**body, actor=self.principal, origin=self.origin)
        return Response(status=204)


class SessionsView(ApiView):
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="list_sessions",
        tags=["Account"],
        responses=answers(
            {200: NewestFirst.page_of(SessionResponse)}, errors.InvalidInput, *AUTHENTICATED, takes_body=False
        ),
        parameters=NewestFirst.parameters,
    )
    def get(self, request: Request) -> Response:
        """The caller's open sessions, newest first."""
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(sign_out.open_sessions(self.principal), request, view=self)
        in_cookie_mode = self.credentials.is_in_cookie_mode
        context = {"current_session_id": self.principal.session_id, "in_cookie_mode": in_cookie_mode}
        return paginator.get_paginated_response(SessionResponse(page, many=True, context=context).data)


class SessionView(ApiView):
    @extend_schema(
        operation_id="end_session",
        tags=["Account"],
        responses=answers({204: None}, *AUTHENTICATED, errors.NotFound, takes_body=False),
    )
    def delete(self, request: Request, session_id: UUID) -> Response:
        """End one of the caller's sessions."""
        sign_out.end_session(session_id, actor=self.principal, origin=self.origin)
        return Response(status=204)
