"""Takes a stranger's wish for a mail: counted, noted, and answered alike whosever address it is."""

from accounts import audit
from accounts.models import EventType, MailKind, Outcome
from accounts.principals import Nobody, Origin
from accounts.services import mailing
from accounts.services.transactions import transactional
from accounts.throttling import attempts


def ask(kind: MailKind, *, email: str, origin: Origin) -> None:
    """`email` is validated already. Raises TooManyAttempts, and nothing else that would tell of the account: whether
    there is one is the worker's to find out.
    """
    event = EventType.MAIL_REQUESTED
    with audit.limits_told(event, actor=Nobody()), attempts.asking(kind, account=email, origin=origin):
        _note(kind, email)
    audit.tell(event, Outcome.SUCCESS, actor=Nobody(), kind=str(kind))


@transactional
def _note(kind: MailKind, email: str) -> None:
    mailing.enqueue(kind, address=email)
