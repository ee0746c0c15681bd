"""`deleteMe`, `adminDeleteUser`."""

import graphene

from accounts.graphql.context import Info
from accounts.models import DelayedDeletion, Deletion
from accounts.services import fields
from accounts.services.deleting import deletion


class DeletionType(graphene.ObjectType):  # type: ignore[misc]
    """An account's deletion: `completedAt` is null until every service that holds its data has acknowledged."""

    class Meta:
        name = "Deletion"

    id = graphene.ID(required=True)
    user_id = graphene.ID(required=True)
    requested_at = graphene.DateTime(required=True)
    begins_at = graphene.DateTime(
        required=True, description="When other services are told; until then it can be cancelled."
    )
    completed_at = graphene.DateTime()


class DeleteMeInput(graphene.InputObjectType):  # type: ignore[misc]
    password = graphene.String(required=True)


class AdminDeleteUserInput(graphene.InputObjectType):  # type: ignore[misc]
    id = graphene.ID(required=True)


class DeleteMe(graphene.Mutation):  # type: ignore[misc]
    """Delete the caller's account. Every session ends at once. There is no way back, but by a link that is mailed where
    deletions are put off; `beginsAt` says until when.
    """

    class Meta:
        name = "DeleteMePayload"

    class Arguments:
        input = DeleteMeInput(required=True)

    deletion = graphene.Field(DeletionType, required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, str]) -> dict[str, Deletion | DelayedDeletion]:  # noqa: A002
        caller = info.context.principal
        entered = fields.checked(input, password=fields.password)
        return {"deletion": deletion.request_own(**entered, actor=caller, origin=info.context.origin)}


class AdminDeleteUser(graphene.Mutation):  # type: ignore[misc]
    """Delete somebody's account. Every session of theirs ends at once; repeating does no harm."""

    class Meta:
        name = "AdminDeleteUserPayload"

    class Arguments:
        input = AdminDeleteUserInput(required=True)

    deletion = graphene.Field(DeletionType, required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, str]) -> dict[str, Deletion]:  # noqa: A002
        caller = info.context.caller
        user_id = fields.canonical_id(input["id"])
        return {"deletion": deletion.request(user_id, actor=caller, origin=info.context.origin)}
