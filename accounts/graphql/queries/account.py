"""The person who is calling, and their sessions."""

import graphene

from accounts.graphql.context import Info
from accounts.graphql.types import SessionType, UserType
from accounts.models import User
from accounts.models.sessions import MAX_OPEN_PER_USER
from accounts.services import sign_out


class AccountQueries(graphene.ObjectType):  # type: ignore[misc]
    me = graphene.Field(UserType, required=True, description="Who is calling.")
    sessions = graphene.List(
        graphene.NonNull(SessionType), required=True, description="The caller's open sessions, newest first."
    )

    @staticmethod
    def resolve_me(root: None, info: Info) -> User:
        return info.context.user

    @staticmethod
    def resolve_sessions(root: None, info: Info) -> list[SessionType]:
        caller = info.context.principal
        sessions = sign_out.open_sessions(caller)[:MAX_OPEN_PER_USER]
        return [SessionType.of(session, current_session_id=caller.session_id) for session in sessions]
