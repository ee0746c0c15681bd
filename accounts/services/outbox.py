"""Sends what is in the outbox: each mail by one worker, again and again until it is taken, refused or a day old.

A mail is claimed before it is sent and deleted after, each in a transaction of its own. Whoever is killed in between
leaves it claimed, and then due again; what is sent twice then has the same Message-ID.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, assert_never

import structlog
from django.db import DatabaseError, InterfaceError
from django.db.models import Count, Max, Min
from django.db.models.functions import Now

from accounts import audit, metrics
from accounts.delivery import rendering
from accounts.delivery.sending import Answer, Post, Verdict
from accounts.models import EventType, Mail, Outcome
from accounts.principals import WORKER, Origin
from accounts.services import mail_contents
from accounts.services.transactions import transactional

FIRST_PAUSE: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(minutes=30)
MAX_DOUBLINGS: Final = 10  # beyond all use: so that a large number of attempts makes no large number
PAUSE_AFTER_AWAY: Final = timedelta(seconds=5)
"""Behind the others. When the server itself is tried again is the round's business (`postman`)."""

log = structlog.get_logger("accounts.mails")


@dataclass(slots=True)
class Round:
    sent: int = 0
    is_server_away: bool = False


def deliver_due() -> int:
    """The worker's duty when it makes one round alone; how many were sent."""
    return deliver(lambda: False).sent


def deliver(is_told_to_stop: Callable[[], bool]) -> Round:
    """Everything that is due, unless the server is away: then one mail has been tried, and the others wait."""
    made = Round()
    with Post() as post:
        while not (made.is_server_away or is_told_to_stop()) and (mail := _claim()) is not None:
            verdict = _attempt(mail, post)
            made.sent += verdict is Verdict.TAKEN
            made.is_server_away = verdict is Verdict.AWAY
    return made


def watch_waiting() -> int:
    """How many wait, and since when, for whoever watches; there is nothing to do in it."""
    waiting = Mail.objects.aggregate(count=Count("pk"), since=Min("created_at"), now=Max(Now()))
    age = (waiting["now"] - waiting["since"]).total_seconds() if waiting["since"] else 0.0
    metrics.MAILS_WAITING.set(waiting["count"])
    metrics.OLDEST_MAIL_SECONDS.set(max(age, 0.0))
    return 0


def _claim() -> Mail | None:
    """Looked for before: without any, nothing is locked."""
    return _claim_first() if Mail.objects.due().exists() else None


@transactional
def _claim_first() -> Mail | None:
    return Mail.objects.claim()


def _attempt(mail: Mail, post: Post) -> Verdict | None:
    """None: it did not come to the sending. What is for nobody is dropped at any age: strangers make such mails up."""
    try:
        content = mail_contents.compose(mail)
        message = None if content is None or mail.is_too_old else rendering.render(mail, content)
    except (DatabaseError, InterfaceError):  # nobody's turn, then
        raise
    except rendering.NoAddressError:
        _give_up(mail, "no_address")
        return None
    except Exception as exc:  # noqa: BLE001 - an overridden template may raise anything: others are not to wait for it
        if mail.is_too_old:
            _give_up(mail, "too_old")
        else:
            _postpone(mail, type(exc).__name__, _pause(mail))
        return None
    if content is None:
        _forget(mail, "dropped")
        return None
    if message is None:
        _give_up(mail, "too_old")
        return None
    answer = post.send(message)
    _settle(mail, answer)
    return answer.verdict


def _settle(mail: Mail, answer: Answer) -> None:
    match answer.verdict:
        case Verdict.TAKEN:
            _forget(mail, "sent")
            log.info("mail_sent", mail=str(mail.pk), kind=mail.kind, attempts=mail.attempts)
        case Verdict.REFUSED:
            _give_up(mail, answer.reason)
        case Verdict.DEFERRED:
            _postpone(mail, answer.reason, _pause(mail))
        case Verdict.AWAY:
            _postpone(mail, answer.reason, PAUSE_AFTER_AWAY, counted=False)
        case _:
            assert_never(answer.verdict)


def _forget(mail: Mail, outcome: str) -> None:
    """Whoever has claimed it meanwhile: there is nothing more to be done."""
    Mail.objects.filter(pk=mail.pk).delete()
    metrics.MAILS.labels(mail.kind, outcome).inc()


def _pause(mail: Mail) -> timedelta:
    doublings = min(mail.attempts - 1, MAX_DOUBLINGS)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def _postpone(mail: Mail, reason: str, pause: timedelta, *, counted: bool = True) -> None:
    """Unless another worker has it by now. What is not counted lengthens no later pause."""
    attempts = mail.attempts if counted else mail.attempts - 1
    Mail.objects.filter(pk=mail.pk, attempts=mail.attempts).update(due_at=Now() + pause, attempts=attempts)
    metrics.MAILS.labels(mail.kind, "postponed").inc()
    log.warning("mail_postponed", mail=str(mail.pk), kind=mail.kind, attempts=mail.attempts, reason=reason)


@transactional
def _give_up(mail: Mail, reason: str) -> None:
    """Told by id; the address is gone with the row."""
    if not Mail.objects.filter(pk=mail.pk, attempts=mail.attempts).delete()[0]:
        return
    data: dict[str, Any] = {"mail": str(mail.pk), "kind": mail.kind, "reason": reason, "attempts": mail.attempts}
    subject = mail.user_id
    audit.record(EventType.MAIL_GIVEN_UP, Outcome.FAILURE, actor=WORKER, origin=Origin(), subject=subject, **data)
    metrics.MAILS.labels(mail.kind, "given_up").inc()
    log.error("mail_given_up", **data)
