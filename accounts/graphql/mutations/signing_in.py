"""`login`, `refreshToken`, `logout`."""

from dataclasses import asdict
from typing import Any, assert_never

import graphene

from accounts.errors import SecondFactorMissing
from accounts.graphql.context import Info
from accounts.graphql.types import UserType
from accounts.services import fields, refreshing, sign_in, sign_out
from accounts.services.sign_in import SecondFactorRequired, SignedIn
from accounts.services.sign_out import LogoutScope


class Tokens:
    """RFC 6749 section 5.1, with the names that REST has."""

    access = graphene.String(required=True)
    refresh = graphene.String(required=True, description="Store this one; the one before is superseded.")
    token_type = graphene.String(required=True, default_value="Bearer")
    expires_in = graphene.Int(required=True, description="Seconds until `access` expires.")
    refresh_expires_in = graphene.Int(required=True, description="Seconds until `refresh` expires.")


class LoginInput(graphene.InputObjectType):  # type: ignore[misc]
    email = graphene.String(required=True)
    password = graphene.String(required=True)


class RefreshTokenInput(graphene.InputObjectType):  # type: ignore[misc]
    refresh = graphene.String(required=True)


class LogoutInput(graphene.InputObjectType):  # type: ignore[misc]
    scope = graphene.InputField(
        graphene.Enum.from_enum(LogoutScope), required=True, default_value=LogoutScope.THIS.value
    )
    refresh = graphene.String(description="Instead of the Bearer token.")


class Login(Tokens, graphene.Mutation):  # type: ignore[misc]
    """Sign in with e-mail and password."""

    class Meta:
        name = "LoginPayload"

    class Arguments:
        input = LoginInput(required=True)

    user = graphene.Field(UserType, required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, Any]) -> "Login":  # noqa: A002 - GraphQL's own word
        entered = fields.checked(input, email=fields.entered_email, password=fields.password)
        outcome = sign_in.sign_in(**entered, origin=info.context.origin)
        match outcome:
            case SignedIn(user=user, tokens=tokens):
                return Login(user=user, **asdict(tokens))
            case SecondFactorRequired():
                raise SecondFactorMissing
            case _:
                assert_never(outcome)


class RefreshToken(Tokens, graphene.Mutation):  # type: ignore[misc]
    """Get a new access token, and a new refresh token to store in place of the one sent."""

    class Meta:
        name = "RefreshTokenPayload"

    class Arguments:
        input = RefreshTokenInput(required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, str]) -> "RefreshToken":  # noqa: A002
        entered = fields.checked(input, refresh=fields.token)
        tokens = refreshing.refresh(unverified_token=entered["refresh"], origin=info.context.origin)
        return RefreshToken(**asdict(tokens))


class Logout(graphene.Mutation):  # type: ignore[misc]
    """End this session, the others, or all; repeating does no harm."""

    class Meta:
        name = "LogoutPayload"

    class Arguments:
        input = LogoutInput()

    ok = graphene.Boolean(required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, Any] | None = None) -> dict[str, bool]:  # noqa: A002
        asked = dict(input or {})
        scope = LogoutScope(asked.pop("scope", LogoutScope.THIS))
        refresh = fields.checked(asked, refresh=fields.token).get("refresh")
        access = None if refresh else info.context.credentials.bearer()  # no cookie: who ends it has it removed, too
        sign_out.sign_out(access=access, refresh=refresh, scope=scope, origin=info.context.origin)
        return {"ok": True}
