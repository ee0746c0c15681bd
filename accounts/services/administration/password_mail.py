"""Has a link mailed by which somebody sets their own password: whoever asks for it sees and sets none."""

from uuid import UUID

from accounts import audit
from accounts.errors import NotFound
from accounts.models import EventType, MailKind, Outcome, User
from accounts.principals import Origin, Principal
from accounts.services import authorisation, mailing
from accounts.services.authorisation import Action
from accounts.services.transactions import transactional
from accounts.throttling import attempts


def send(user_id: UUID, *, actor: Principal, origin: Origin) -> None:
    """An invitation, to whoever has no password yet. Nothing goes to whoever is suspended.

    Raises NotFound; what `authorisation.require` does; TooManyAttempts, by the address that the mail goes to alone: an
    office may ask for many people.
    """
    user = User.objects.present().filter(pk=user_id).first()
    authorisation.require(Action.SEND_PASSWORD_MAIL, actor=actor, target=user)
    if user is None:
        raise NotFound
    kind = MailKind.RESET_PASSWORD if user.has_usable_password() else MailKind.INVITATION
    with (
        audit.limits_told(EventType.MAIL_REQUESTED, actor=actor, subject=user_id),
        attempts.asking(kind, account=user.email, origin=Origin()),
    ):
        _note(kind, user, actor, origin)


@transactional
def _note(kind: MailKind, user: User, actor: Principal, origin: Origin) -> None:
    version = user.credentials_version if kind == MailKind.INVITATION else None
    mailing.enqueue(kind, address=user.email, user_id=user.pk, credentials_version=version)
    audit.record(EventType.MAIL_REQUESTED, Outcome.SUCCESS, actor=actor, origin=origin, subject=user.pk, kind=str(kind))
