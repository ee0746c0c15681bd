"""`updateMe`, `changePassword`, `revokeSession`."""

from typing import Any

import graphene

from accounts.graphql.context import Info
from accounts.graphql.types import UserType, profile_inputs
from accounts.models import User
from accounts.services import fields, password_change, profile, sign_out

UpdateMeInput = type("UpdateMeInput", (graphene.InputObjectType,), profile_inputs())


class ChangePasswordInput(graphene.InputObjectType):  # type: ignore[misc]
    current_password = graphene.String(required=True)
    new_password = graphene.String(required=True)


class RevokeSessionInput(graphene.InputObjectType):  # type: ignore[misc]
    id = graphene.ID(required=True)


class UpdateMe(graphene.Mutation):  # type: ignore[misc]
    """Change what people may set about themselves; what is not sent stays."""

    class Meta:
        name = "UpdateMePayload"

    class Arguments:
        input = UpdateMeInput(required=True)

    user = graphene.Field(UserType, required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, Any]) -> dict[str, User]:  # noqa: A002 - GraphQL's own word
        caller = info.context.principal
        changes = fields.checked(input, **fields.profile())
        return {"user": profile.update(changes, actor=caller, origin=info.context.origin)}


class ChangePassword(graphene.Mutation):  # type: ignore[misc]
    """Set a new password. Every other session ends; this one goes on."""

    class Meta:
        name = "ChangePasswordPayload"

    class Arguments:
        input = ChangePasswordInput(required=True)

    ok = graphene.Boolean(required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, str]) -> dict[str, bool]:  # noqa: A002
        caller = info.context.principal
        entered = fields.checked(input, current_password=fields.password, new_password=fields.password)
        password_change.change_password(**entered, actor=caller, origin=info.context.origin)
        return {"ok": True}


class RevokeSession(graphene.Mutation):  # type: ignore[misc]
    """End one of the caller's sessions."""

    class Meta:
        name = "RevokeSessionPayload"

    class Arguments:
        input = RevokeSessionInput(required=True)

    ok = graphene.Boolean(required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, str]) -> dict[str, bool]:  # noqa: A002
        caller = info.context.principal
        session_id = fields.canonical_id(input["id"])
        sign_out.end_session(session_id, actor=caller, origin=info.context.origin)
        return {"ok": True}
