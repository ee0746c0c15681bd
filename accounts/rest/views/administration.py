"""What staff, and services for them, do with accounts: look for people, make accounts, end sessions, send mails."""

from typing import Final
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.rest import listing
from accounts.rest.pagination import NewestFirst, limit_of
from accounts.rest.schema import OPEN_TO_SERVICES, answers
from accounts.rest.serializers.administration import (
    PasswordMailRequest,
    UserListRequest,
    UserRequest,
    UserSessionResponse,
)
from accounts.rest.serializers.shaping import NOTHING, Nothing, shape
from accounts.rest.serializers.users import PersonResponse
from accounts.rest.views.api import OpenToServices
from accounts.services.administration import creation, password_mail, sessions
from accounts.services.authorisation import Action
from accounts.services.listing import pages

TAGS: Final = ["Administration"]
REFUSALS: Final = (*OPEN_TO_SERVICES, errors.NotFound)
IN_A_QUERY: Final = (errors.InvalidInput, errors.UnknownField)


class UsersView(OpenToServices):
    actions = {"get": Action.LIST_USERS, "post": Action.CREATE_USER}

    @extend_schema(
        operation_id="list_users",
        tags=TAGS,
        parameters=[UserListRequest, *NewestFirst.parameters],
        responses=answers({200: NewestFirst.page_of(PersonResponse)}, *IN_A_QUERY, *OPEN_TO_SERVICES, takes_body=False),
    )
    def get(self, request: Request) -> Response:
        """Look for people. A page costs the same however many there are: it may have fewer than `limit`, or none, where
        many had to be looked at; as long as there is a `next`, there may be more.
        """
        asked, place = listing.asked_by(request), listing.place_of(request)
        page = pages.read(asked, place=place, limit=limit_of(request), actor=self.caller)
        return listing.answer(request, page)

    @extend_schema(
        operation_id="create_user",
        tags=TAGS,
        request=UserRequest,
        responses=answers({201: PersonResponse}, *OPEN_TO_SERVICES, errors.EmailTaken),
    )
    def post(self, request: Request) -> Response:
        """Make an account for somebody. It has no password: its owner sets one, by a link that is mailed to them.

        Nobody gives what they do not have: a group, or a rank, that permits more than they may do themselves.
        """
        user = creation.create(self.read(UserRequest), actor=self.caller, origin=self.origin)
        return Response(shape(PersonResponse, user), status=201)


class UserSessionsView(OpenToServices):
    pagination_class = NewestFirst
    actions = {"get": Action.READ_SESSIONS, "delete": Action.END_SESSIONS}

    @extend_schema(
        operation_id="list_user_sessions",
        tags=TAGS,
        responses=answers(
            {200: NewestFirst.page_of(UserSessionResponse)}, errors.InvalidInput, *REFUSALS, takes_body=False
        ),
        parameters=NewestFirst.parameters,
    )
    def get(self, request: Request, user_id: UUID) -> Response:
        """Somebody's open sessions, newest first."""
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(sessions.open_of(user_id, actor=self.caller), request, view=self)
        return paginator.get_paginated_response(UserSessionResponse(page, many=True).data)

    @extend_schema(
        operation_id="end_user_sessions", tags=TAGS, responses=answers({204: None}, *REFUSALS, takes_body=False)
    )
    def delete(self, request: Request, user_id: UUID) -> Response:
        """Sign somebody out everywhere, at once. They may sign in again; repeating does no harm."""
        sessions.end_all(user_id, actor=self.caller, origin=self.origin)
        return Response(status=204)


class UserPasswordMailView(OpenToServices):
    actions = {"post": Action.SEND_PASSWORD_MAIL}

    @extend_schema(
        operation_id="send_password_mail",
        tags=TAGS,
        request=PasswordMailRequest,
        responses=answers({202: Nothing}, *REFUSALS, errors.TooManyAttempts),
    )
    def post(self, request: Request, user_id: UUID) -> Response:
        """Have a link mailed by which somebody sets a password; nobody else sees or sets it. Whoever has none yet gets
        an invitation, and nothing goes to whoever is suspended.
        """
        self.read(PasswordMailRequest)
        password_mail.send(user_id, actor=self.caller, origin=self.origin)
        return Response(NOTHING, status=202)
