"""The four things that are done with a mailed code, each from the wish for the mail to the use of the code."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.models import Code, MailKind, User
from accounts.principals import Origin, UserPrincipal
from accounts.services import email_verification, mailing, password_reset
from accounts.services.deleting import delay
from accounts.tests.support import codes

ORIGIN: Final = Origin(address="192.0.2.1", user_agent="curl/8")
NEW_PASSWORD: Final = "seven kites over helsinki"
NEW_EMAIL: Final = "new@example.com"


@dataclass(frozen=True, slots=True)
class Flow:
    kind: MailKind
    lifetime: timedelta
    ask: Callable[[User], None]
    use: Callable[[str], None]

    def code_for(self, user: User) -> str:
        self.ask(user)
        return codes.mailed(self.kind)


def _ask(kind: MailKind, user: User, address: str | None = None) -> None:
    user_id = None if kind == MailKind.RESET_PASSWORD else user.pk
    version = user.credentials_version if address else None
    with transaction.atomic():
        mailing.enqueue(kind, address=address or user.email, user_id=user_id, credentials_version=version)


def _put_off(user: User) -> None:
    actor = UserPrincipal(user_id=user.pk, session_id=UUID(int=1))
    if User.objects.get(pk=user.pk).is_active:
        assert delay.put_off(user.pk, checked_hash=user.password, actor=actor, origin=ORIGIN)
    else:  # it has been asked for already, and the mail is sent once more
        _ask(MailKind.CANCEL_DELETION, user)


def reset(code: str, new_password: str = NEW_PASSWORD) -> None:
    password_reset.confirm(token=code, new_password=new_password, origin=ORIGIN)


def verify(code: str) -> None:
    email_verification.verify(token=code, origin=ORIGIN)


def stay(code: str) -> None:
    delay.cancel(token=code, origin=ORIGIN)


RESET: Final = Flow(
    MailKind.RESET_PASSWORD, timedelta(minutes=10), lambda user: _ask(MailKind.RESET_PASSWORD, user), reset
)
VERIFY: Final = Flow(MailKind.VERIFY_EMAIL, timedelta(hours=24), lambda user: _ask(MailKind.VERIFY_EMAIL, user), verify)
CHANGE: Final = Flow(
    MailKind.CONFIRM_NEW_EMAIL,
    timedelta(hours=24),
    lambda user: _ask(MailKind.CONFIRM_NEW_EMAIL, user, NEW_EMAIL),
    verify,
)
STAY: Final = Flow(MailKind.CANCEL_DELETION, timedelta(hours=1), _put_off, stay)
FLOWS: Final = {flow.kind: flow for flow in (RESET, VERIFY, CHANGE, STAY)}


def let_pass(time: timedelta) -> None:
    """Every code was made so much earlier."""
    Code.objects.update(asked_at=F("asked_at") - time, expires_at=F("expires_at") - time)
