"""What comes out: users, sessions, tokens. Profile fields appear by themselves."""

from datetime import datetime
from uuid import UUID

import graphene
from graphene_django import DjangoObjectType
from graphene_django.converter import convert_django_field

from accounts.graphql.context import Info
from accounts.models import PROFILE_FIELDS, Session, User
from accounts.principals import UserPrincipal
from accounts.services.administration.sessions import NEWEST
from accounts.services.identification import Identity


class UserType(DjangoObjectType):  # type: ignore[misc]
    """`version` grows by one at every change but `lastLogin`; a copy with a smaller one is stale."""

    class Meta:
        model = User
        name = "User"
        convert_choices_to_enum = False  # text, as in REST: a value may be no GraphQL name
        fields = [*PROFILE_FIELDS, "email", "email_verified", "is_active", "is_staff"]
        fields += ["date_joined", "last_login", "updated_at"]

    id = graphene.ID(required=True)
    groups = graphene.List(graphene.NonNull(graphene.String), required=True, description="Names, sorted.")
    version = graphene.BigInt(required=True)
    expires_at = graphene.DateTime(
        description="From then on as if suspended: for those who may look people up, and not for the people themselves."
    )
    sessions = graphene.List(
        graphene.NonNull(lambda: SessionType),
        description=f"The {NEWEST} newest that are open: one's own, and for those who may see others'.",
    )

    @staticmethod
    def resolve_groups(user: User, info: Info) -> list[str]:
        return user.group_names

    @staticmethod
    def resolve_expires_at(user: User, info: Info) -> datetime | None:
        info.context.require_reading_people()
        return user.expires_at

    @staticmethod
    def resolve_sessions(user: User, info: Info) -> "list[SessionType]":
        caller = info.context.caller
        current = caller.session_id if isinstance(caller, UserPrincipal) else None
        found = info.context.sessions.of(user.pk, actor=caller)
        return [SessionType.of(session, current_session_id=current) for session in found]


class SessionType(graphene.ObjectType):  # type: ignore[misc]
    """One sign-in."""

    class Meta:
        name = "Session"

    id = graphene.ID(required=True)
    created_at = graphene.DateTime(required=True)
    last_used_at = graphene.DateTime(required=True)
    expires_at = graphene.DateTime(required=True)
    ip = graphene.String()
    user_agent = graphene.String(required=True)
    amr = graphene.List(graphene.NonNull(graphene.String), required=True, description="RFC 8176.")
    current = graphene.Boolean(required=True)

    @staticmethod
    def of(session: Session, *, current_session_id: UUID | None) -> "SessionType":
        return SessionType(
            id=session.pk,
            created_at=session.created_at,
            last_used_at=session.rotated_at,
            expires_at=session.expires_at,
            ip=session.address,
            user_agent=session.user_agent,
            amr=session.amr,
            current=session.pk == current_session_id,
        )


class VerificationType(graphene.ObjectType):  # type: ignore[misc]
    """The token holds, and this is whose it is, as of now."""

    class Meta:
        name = "Verification"

    active = graphene.Boolean(required=True)
    token_type = graphene.String(required=True)
    sub = graphene.String(required=True)
    sid = graphene.String(required=True)
    client_id = graphene.String(required=True)
    exp = graphene.BigInt(required=True, description="Seconds since the epoch.")
    iat = graphene.BigInt(required=True, description="Seconds since the epoch.")
    scope = graphene.String(required=True)
    groups = graphene.List(graphene.NonNull(graphene.String), required=True)
    user = graphene.Field(UserType)

    @staticmethod
    def of(identity: Identity) -> "VerificationType":
        return VerificationType(**identity.as_answer())


def profile_inputs() -> dict[str, graphene.Scalar]:
    """One optional input per profile field, of the type that its column has."""
    outputs = {name: convert_django_field(User._meta.get_field(name)) for name in PROFILE_FIELDS}  # noqa: SLF001
    return {name: type(output)(description=output.kwargs.get("description")) for name, output in outputs.items()}
