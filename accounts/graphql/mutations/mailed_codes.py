"""`requestPasswordReset`, `resetPassword`, `verifyEmail`, `resendVerification`, `changeEmail`, `cancelDeletion`."""

import graphene

from accounts.graphql.context import Info
from accounts.services import email_change, email_verification, fields, password_reset
from accounts.services.deleting import delay


class RequestPasswordResetInput(graphene.InputObjectType):  # type: ignore[misc]
    email = graphene.String(required=True)


class ResetPasswordInput(graphene.InputObjectType):  # type: ignore[misc]
    token = graphene.String(required=True)
    new_password = graphene.String(required=True)


class VerifyEmailInput(graphene.InputObjectType):  # type: ignore[misc]
    token = graphene.String(required=True)


class ResendVerificationInput(graphene.InputObjectType):  # type: ignore[misc]
    email = graphene.String(required=True)


class ChangeEmailInput(graphene.InputObjectType):  # type: ignore[misc]
    new_email = graphene.String(required=True)
    password = graphene.String(required=True)


class CancelDeletionInput(graphene.InputObjectType):  # type: ignore[misc]
    token = graphene.String(required=True)


class RequestPasswordReset(graphene.Mutation):  # type: ignore[misc]
    """Have a link mailed that sets a new password. The answer is the same whether or not there is an account."""

    class Meta:
        name = "RequestPasswordResetPayload"

    class Arguments:
        input = RequestPasswordResetInput(required=True)

    ok = graphene.Boolean(required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, str]) -> dict[str, bool]:  # noqa: A002 - GraphQL's own word
        password_reset.request(**fields.checked(input, email=fields.new_email), origin=info.context.origin)
        return {"ok": True}


class ResetPassword(graphene.Mutation):  # type: ignore[misc]
    """Set a new password with the code of a mail, within 10 minutes. Every session ends."""

    class Meta:
        name = "ResetPasswordPayload"

    class Arguments:
        input = ResetPasswordInput(required=True)

    ok = graphene.Boolean(required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, str]) -> dict[str, bool]:  # noqa: A002
        entered = fields.checked(input, token=fields.token, new_password=fields.password)
        password_reset.confirm(**entered, origin=info.context.origin)
        return {"ok": True}


class VerifyEmail(graphene.Mutation):  # type: ignore[misc]
    """Prove that an address is one's own, with the code of a mail, within 24 hours. A new address takes effect."""

    class Meta:
        name = "VerifyEmailPayload"

    class Arguments:
        input = VerifyEmailInput(required=True)

    ok = graphene.Boolean(required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, str]) -> dict[str, bool]:  # noqa: A002
        email_verification.verify(**fields.checked(input, token=fields.token), origin=info.context.origin)
        return {"ok": True}


class ResendVerification(graphene.Mutation):  # type: ignore[misc]
    """Have another link mailed that verifies an address. The answer is the same whether or not there is anything to
    verify.
    """

    class Meta:
        name = "ResendVerificationPayload"

    class Arguments:
        input = ResendVerificationInput(required=True)

    ok = graphene.Boolean(required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, str]) -> dict[str, bool]:  # noqa: A002
        email_verification.resend(**fields.checked(input, email=fields.new_email), origin=info.context.origin)
        return {"ok": True}


class ChangeEmail(graphene.Mutation):  # type: ignore[misc]
    """Ask for another address. It takes effect when it is confirmed from there; the old one is told."""

    class Meta:
        name = "ChangeEmailPayload"

    class Arguments:
        input = ChangeEmailInput(required=True)

    ok = graphene.Boolean(required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, str]) -> dict[str, bool]:  # noqa: A002
        caller = info.context.principal
        entered = fields.checked(input, new_email=fields.new_email, password=fields.password)
        email_change.request(**entered, actor=caller, origin=info.context.origin)
        return {"ok": True}


class CancelDeletion(graphene.Mutation):  # type: ignore[misc]
    """Stay, with the code of the mail that followed the request to be deleted, before it begins."""

    class Meta:
        name = "CancelDeletionPayload"

    class Arguments:
        input = CancelDeletionInput(required=True)

    ok = graphene.Boolean(required=True)

    @staticmethod
    def mutate(root: None, info: Info, input: dict[str, str]) -> dict[str, bool]:  # noqa: A002
        delay.cancel(**fields.checked(input, token=fields.token), origin=info.context.origin)
        return {"ok": True}
