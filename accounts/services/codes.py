"""Makes the codes that go into mails, and takes them back: once, in time, and from an account that has not changed."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from django.db.models.functions import Now
from django.utils.crypto import salted_hmac

from accounts import audit
from accounts.errors import InvalidCode
from accounts.models import Code, DelayedDeletion, EventType, Mail, MailKind, Outcome, User
from accounts.models.mails import make_seed
from accounts.models.users import UserQuerySet
from accounts.principals import Nobody
from accounts.services import revocation
from accounts.services.transactions import transactional

LIVES: Final = {
    MailKind.RESET_PASSWORD: timedelta(minutes=10),
    MailKind.VERIFY_EMAIL: timedelta(hours=24),
    MailKind.CONFIRM_NEW_EMAIL: timedelta(hours=24),
    MailKind.INVITATION: timedelta(hours=72),
}
"""From the first try to hand the mail over: before that nobody knows the code. One that cancels lives as long as
the delay."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What the mail carries; the database keeps no more than its digest."""

    code: str = field(repr=False)
    expires_at: datetime


@transactional
def issue(mail: Mail) -> Issued | None:
    """The code of this mail: the same one however often it is asked for, until half its life is over. Then another
    takes its place: no code that may have arrived lives longer because its mail is tried again, and none is mailed too
    late.

    None where there is nothing to be mailed: there is no such account, it may not come in, it has changed since it
    asked, it has no use for the code; or the code was used, or superseded by that of a later mail.
    """
    user_id = _addressees(mail).values_list("pk", flat=True).first()
    if user_id is None:
        return None
    revocation.lock_user(user_id)
    if (user := _addressees(mail).filter(pk=user_id).first()) is None:
        return None
    return _keep(mail, user)


def require(unverified_code: str, event: EventType, *purposes: MailKind) -> Code:
    """With its user; good a moment ago, so it is yet to be spent. InvalidCode, told as a failed `event`."""
    found = Code.objects.good().filter(digest=digest_of(unverified_code), purpose__in=purposes)
    if (code := found.select_related("user").first()) is None:
        audit.tell(event, Outcome.FAILURE, actor=Nobody(), reason=InvalidCode.code)
        raise InvalidCode
    return code


def spend_locked(code: Code) -> None:
    """Within a transaction that holds the user's row, which InvalidCode is to undo: of any number of uses one wins."""
    if not Code.objects.filter(pk=code.pk, digest=code.digest).spend():
        raise InvalidCode


def digest_of(unverified_code: str) -> str:
    return sha256(unverified_code.encode(errors="surrogatepass")).hexdigest()


def _derived(mail: Mail, seed: bytes | memoryview) -> str:
    """From what lies in the database and what does not: a copy of the tables opens nothing."""
    value = f"{mail.pk}\n{bytes(seed).hex()}"
    return urlsafe_b64encode(salted_hmac("accounts.codes", value, algorithm="sha256").digest()).rstrip(b"=").decode()


def _addressees(mail: Mail) -> UserQuerySet:
    """At most one: whose mail this is."""
    present = User.objects.present()
    if (user_id := mail.user_id) is not None:
        present = present.filter(pk=user_id)
    if mail.credentials_version is not None:
        present = present.filter(credentials_version=mail.credentials_version)
    match MailKind(mail.kind):
        case MailKind.VERIFY_EMAIL:
            return present.admitted().filter(email=mail.address, email_verified=False)
        case MailKind.RESET_PASSWORD | MailKind.INVITATION:
            return present.admitted().filter(email=mail.address)
        case MailKind.CONFIRM_NEW_EMAIL:
            return present.admitted()
        case MailKind.CANCEL_DELETION:
            return present.filter(pk__in=DelayedDeletion.objects.cancellable().values("user_id"))
        case kind:
            raise ValueError(f"There is no code in a mail of the kind {kind}.")


def _keep(mail: Mail, user: User) -> Issued | None:
    """None where it would come back to life, or a later mail's code has taken its place."""
    seed = Mail.objects.filter(pk=mail.pk).values_list("seed", flat=True).first()
    if seed is None:  # another worker is done with it
        return None
    made = _derived(mail, seed)
    known = Code.objects.filter(user=user, purpose=mail.kind).first()
    if known is not None and known.digest == digest_of(made):
        if not _is_bound_to(known, user):
            return None
        if not _is_short(known, mail):
            return Issued(made, known.expires_at)
        made = _derived(mail, _seed_anew(mail))
    elif known is not None and known.asked_at > mail.created_at:
        return None
    return _write(mail, user, made)


def _write(mail: Mail, user: User, made: str) -> Issued:
    bound = {"email": user.email, "address": mail.address, "credentials_version": user.credentials_version}
    values = bound | {
        "digest": digest_of(made),
        "asked_at": mail.created_at,
        "used_at": None,
        "expires_at": _end(user, mail.kind),
    }
    code, _ = Code.objects.update_or_create(user=user, purpose=mail.kind, defaults=values)
    code.refresh_from_db(fields=["expires_at"])
    return Issued(made, code.expires_at)


def _is_bound_to(known: Code, user: User) -> bool:
    """Unused, and the account is as it was."""
    if known.used_at is not None or known.email != user.email:
        return False
    return known.purpose == MailKind.CANCEL_DELETION or known.credentials_version == user.credentials_version


def _is_short(known: Code, mail: Mail) -> bool:
    """Whether too little of its life is left to be mailed once more."""
    life = LIVES.get(MailKind(known.purpose))
    return life is not None and known.expires_at - mail.read_at < life / 2


def _seed_anew(mail: Mail) -> bytes:
    seed = make_seed()
    Mail.objects.filter(pk=mail.pk).update(seed=seed)
    return seed


def _end(user: User, purpose: str) -> Any:  # an expression
    if purpose == MailKind.CANCEL_DELETION:
        return DelayedDeletion.objects.cancellable().values_list("begins_at", flat=True).get(user=user)
    return Now() + LIVES[MailKind(purpose)]
