"""`adminCreateUser`, `adminUpdateUser`."""

from typing import Any

import graphene

from accounts.graphql.context import Info
from accounts.graphql.types import UserType, profile_inputs
from accounts.models import User
from accounts.services import fields
from accounts.services.administration import changing, creation


def _inputs() -> dict[str, Any]:
    return {
        "email_verified": graphene.Boolean(description="True: you vouch for it."),
        **profile_inputs(),
        "is_staff": graphene.Boolean(),
        "is_superuser": graphene.Boolean(description="For superusers to set."),
        "groups": graphene.List(graphene.NonNull(graphene.String), description="Names: all that they are to be in."),
        "expires_at": graphene.DateTime(description="From then on they are out, as if suspended; null: never."),
    }


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    rules: dict[str, fields.Rule] = {"email": fields.new_email, "groups": fields.group_names}
    rules |= dict.fromkeys(("email_verified", "is_staff", "is_superuser"), fields.flag)
    return fields.checked(given, expires_at=fields.moment, **rules, **fields.profile())


AdminCreateUserInput = type(
    "AdminCreateUserInput", (graphene.InputObjectType,), {"email": graphene.String(required=True), **_inputs()}
)
AdminUpdateUserInput = type(
    "AdminUpdateUserInput",
    (graphene.InputObjectType,),
    {
        "id": graphene.ID(required=True),
        "email": graphene.String(description="The old one is told. Unverified until its owner, or you, verify it."),
        **_inputs(),
    },
)


class AdminCreateUser(graphene.Mutation):  # type: ignore[misc]
    """Make an account for somebody. It has no password: its owner sets one, by a link that is mailed to them. Nobody
    gives what they do not have: a group, or a rank, that permits more than they may do themselves.
    """

    class Meta:
        name = "AdminCreateUserPayload"

    class Arguments:
        input = AdminCreateUserInput(required=True)

    user = graphene.Field(UserType, required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, Any]) -> dict[str, User]:  # noqa: A002 - GraphQL's own word
        caller = info.context.caller
        return {"user": creation.create(_checked(input), actor=caller, origin=info.context.origin)}


class AdminUpdateUser(graphene.Mutation):  # type: ignore[misc]
    """Change somebody's account; what is not sent stays. Nobody gives, or takes, what they do not have themselves, nor
    changes their own address or rank here.
    """

    class Meta:
        name = "AdminUpdateUserPayload"

    class Arguments:
        input = AdminUpdateUserInput(required=True)

    user = graphene.Field(UserType, required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, Any]) -> dict[str, User]:  # noqa: A002
        caller = info.context.caller
        user_id = fields.canonical_id(input.pop("id"))
        changed = changing.change(user_id, _checked(input), actor=caller, origin=info.context.origin)
        return {"user": changed}
