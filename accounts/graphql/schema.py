"""Puts queries and mutations together, and nothing else."""

from typing import Final

import graphene

from accounts.graphql.mutations import account, administration, deletion, mailed_codes, registration, signing_in
from accounts.graphql.queries.account import AccountQueries
from accounts.graphql.queries.tokens import TokenQueries


class Query(AccountQueries, TokenQueries):
    """What can be asked."""


class Mutation(graphene.ObjectType):  # type: ignore[misc]
    """What can be done."""

    register = registration.Register.Field()
    login = signing_in.Login.Field()
    refresh_token = signing_in.RefreshToken.Field()
    logout = signing_in.Logout.Field()
    update_me = account.UpdateMe.Field()
    change_password = account.ChangePassword.Field()
    revoke_session = account.RevokeSession.Field()
    delete_me = deletion.DeleteMe.Field()
    cancel_deletion = mailed_codes.CancelDeletion.Field()
    request_password_reset = mailed_codes.RequestPasswordReset.Field()
    reset_password = mailed_codes.ResetPassword.Field()
    verify_email = mailed_codes.VerifyEmail.Field()
    resend_verification = mailed_codes.ResendVerification.Field()
    change_email = mailed_codes.ChangeEmail.Field()
    admin_suspend_user = administration.AdminSuspendUser.Field()
    admin_reinstate_user = administration.AdminReinstateUser.Field()
    admin_delete_user = deletion.AdminDeleteUser.Field()


schema: Final = graphene.Schema(query=Query, mutation=Mutation)
