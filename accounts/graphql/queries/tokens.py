"""Whether a token holds."""

import graphene

from accounts.graphql.context import Info
from accounts.graphql.types import VerificationType
from accounts.services import fields, identification


class TokenQueries(graphene.ObjectType):  # type: ignore[misc]
    verify_token = graphene.Field(
        VerificationType,
        required=True,
        token=graphene.String(required=True),
        description="Whether an access token still holds, and whose it is. Anyone may ask.",
    )

    @staticmethod
    def resolve_verify_token(root: None, info: Info, token: str) -> VerificationType:
        entered = fields.checked({"token": token}, token=fields.token)
        return VerificationType.of(identification.identify(entered["token"]))
