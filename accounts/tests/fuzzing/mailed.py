"""Codes out of mails, for what takes one; the server's database is this process's meanwhile."""

from typing import Final

from accounts.models import MailKind
from accounts.tests.fuzzing.people import Person
from accounts.tests.support import codes
from accounts.tests.support.factories import PASSWORD
from accounts.tests.support.http import JSONClient

RESET: Final = ("POST /auth/password/reset/confirm", "Mutation.resetPassword")
VERIFY: Final = ("POST /auth/email/verify", "Mutation.verifyEmail")
CANCEL: Final = ("POST /auth/user/delete/cancel", "Mutation.cancelDeletion")


def code_for(operation: str, person: Person, client: JSONClient) -> dict[str, str]:
    """By the name that both doors have for it; nothing where none is taken."""
    if operation in RESET:
        client.post("/auth/password/reset", {"email": person.email})
        return {"token": codes.mailed(MailKind.RESET_PASSWORD, person.email)}
    if operation in VERIFY:
        client.post("/auth/email/resend", {"email": person.email})
        return {"token": codes.mailed(MailKind.VERIFY_EMAIL, person.email)}
    if operation in CANCEL:
        client.post("/auth/user/delete", {"password": PASSWORD}, token=person.access)
        return {"token": codes.mailed(MailKind.CANCEL_DELETION, person.email)}
    return {}
