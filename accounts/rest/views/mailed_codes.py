"""What is asked for by mail, and done with the code that the mail carries: passwords, addresses, and staying."""

from typing import Final

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import errors
from accounts.rest.schema import AUTHENTICATED, answers
from accounts.rest.serializers.mailed_codes import CodeRequest, EmailChangeRequest, MailRequest, PasswordResetRequest
from accounts.rest.serializers.shaping import NOTHING, Nothing
from accounts.rest.views.api import ApiView, PublicView, TakesPassword
from accounts.services import email_change, email_verification, password_reset
from accounts.services.deleting import delay

TAGS: Final = ["By mail"]


class PasswordResetView(PublicView):
    @extend_schema(
        operation_id="request_password_reset",
        tags=TAGS,
        request=MailRequest,
        responses=answers({202: Nothing}, errors.TooManyAttempts),
    )
    def post(self, request: Request) -> Response:
        """Have a link mailed that sets a new password. The answer is the same whether or not there is an account."""
        password_reset.request(**self.read(MailRequest), origin=self.origin)
        return Response(NOTHING, status=202)


class PasswordResetConfirmView(TakesPassword, PublicView):
    @extend_schema(
        operation_id="reset_password",
        tags=TAGS,
        request=PasswordResetRequest,
        responses=answers({204: None}, errors.InvalidCode, errors.Busy),
    )
    def post(self, request: Request) -> Response:
        """Set a new password with the code of a mail, within 10 minutes. Every session ends."""
        password_reset.confirm(**self.read(PasswordResetRequest), origin=self.origin)
        return Response(status=204)


class EmailVerifyView(PublicView):
    @extend_schema(
        operation_id="verify_email",
        tags=TAGS,
        request=CodeRequest,
        responses=answers({204: None}, errors.InvalidCode, errors.EmailTaken),
    )
    def post(self, request: Request) -> Response:
        """Prove that an address is one's own, with the code of a mail, within 24 hours. A new address takes effect."""
        email_verification.verify(**self.read(CodeRequest), origin=self.origin)
        return Response(status=204)


class EmailResendView(PublicView):
    @extend_schema(
        operation_id="resend_verification",
        tags=TAGS,
        request=MailRequest,
        responses=answers({202: Nothing}, errors.TooManyAttempts),
    )
    def post(self, request: Request) -> Response:
        """Have another link mailed that verifies an address. The answer is the same whether or not there is anything
        to verify.
        """
        email_verification.resend(**self.read(MailRequest), origin=self.origin)
        return Response(NOTHING, status=202)


class EmailChangeView(TakesPassword, ApiView):
    @extend_schema(
        operation_id="change_email",
        tags=TAGS,
        request=EmailChangeRequest,
        responses=answers({202: Nothing}, *AUTHENTICATED, errors.WrongPassword, errors.TooManyAttempts, errors.Busy),
    )
    def post(self, request: Request) -> Response:
        """Ask for another address. It takes effect when it is confirmed from there; the old one is told."""
        body = self.read(EmailChangeRequest)
        email_change.request(**body, actor=self.principal, origin=self.origin)
        return Response(NOTHING, status=202)


class DeletionCancelView(PublicView):
    @extend_schema(
        operation_id="cancel_deletion",
        tags=TAGS,
        request=CodeRequest,
        responses=answers({204: None}, errors.InvalidCode),
    )
    def post(self, request: Request) -> Response:
        """Stay, with the code of the mail that followed the request to be deleted, before it begins."""
        delay.cancel(**self.read(CodeRequest), origin=self.origin)
        return Response(status=204)
