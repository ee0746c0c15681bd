"""`adminSuspendUser`, `adminReinstateUser`."""

from typing import Any

import graphene

from accounts.graphql.context import Info
from accounts.graphql.types import UserType
from accounts.models import User
from accounts.services import fields, suspension


class AdminSuspendUserInput(graphene.InputObjectType):  # type: ignore[misc]
    id = graphene.ID(required=True)
    reason = graphene.String(required=True, description="For the history. The person is not told.")
    until = graphene.DateTime(description="When to let them in again; not set: until reinstated.")


class AdminReinstateUserInput(graphene.InputObjectType):  # type: ignore[misc]
    id = graphene.ID(required=True)


class AdminSuspendUser(graphene.Mutation):  # type: ignore[misc]
    """Suspend a user: signed out everywhere at once, and not let in until reinstated or `until`."""

    class Meta:
        name = "AdminSuspendUserPayload"

    class Arguments:
        input = AdminSuspendUserInput(required=True)

    user = graphene.Field(UserType, required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, Any]) -> dict[str, User]:  # noqa: A002 - GraphQL's own word
        caller = info.context.caller
        user_id = fields.canonical_id(input.pop("id"))
        asked = fields.checked(input, reason=fields.reason, until=fields.moment)
        return {"user": suspension.suspend(user_id, **asked, actor=caller, origin=info.context.origin)}


class AdminReinstateUser(graphene.Mutation):  # type: ignore[misc]
    """Let a suspended user sign in again. Sessions that were ended stay ended; repeating does no harm."""

    class Meta:
        name = "AdminReinstateUserPayload"

    class Arguments:
        input = AdminReinstateUserInput(required=True)

    user = graphene.Field(UserType, required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, str]) -> dict[str, User]:  # noqa: A002
        caller = info.context.caller
        user_id = fields.canonical_id(input["id"])
        return {"user": suspension.reinstate(user_id, actor=caller, origin=info.context.origin)}
