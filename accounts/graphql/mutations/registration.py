"""`register`."""

from typing import Any

import graphene

from accounts.graphql.context import Info
from accounts.graphql.types import UserType, profile_inputs
from accounts.models import User
from accounts.services import fields, registration

RegisterInput = type(
    "RegisterInput",
    (graphene.InputObjectType,),
    {"email": graphene.String(required=True), "password": graphene.String(required=True), **profile_inputs()},
)


class Register(graphene.Mutation):  # type: ignore[misc]
    """Make an account. The password needs length, not symbols: four unrelated words do. Where addresses are to be
    verified first there is no `user` in the answer, whether or not this one is taken, and the rest comes by mail.
    """

    class Meta:
        name = "RegisterPayload"

    class Arguments:
        input = RegisterInput(required=True)

    user = graphene.Field(UserType)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, Any]) -> dict[str, User | None]:  # noqa: A002 - GraphQL's own word
        profile = fields.checked(input, email=fields.new_email, password=fields.password, **fields.profile())
        email, password = profile.pop("email"), profile.pop("password")
        user = registration.register(email=email, password=password, profile=profile, origin=info.context.origin)
        return {"user": user}
