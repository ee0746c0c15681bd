"""A mail is sent by one worker, tried again until it is taken, refused or a day old, and then nothing of it is left."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
from django.core.mail import EmailMessage
from django.db import OperationalError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from accounts.delivery.content import Content
from accounts.delivery.sending import Answer, Post, Verdict
from accounts.models import AuditEvent, Mail, MailKind, User
from accounts.models.mails import CLAIMED_FOR
from accounts.services import mail_contents, mailing, outbox
from accounts.tests.support.together import together

pytestmark = pytest.mark.django_db

ADDRESS: Final = "wilhelmina@example.com"
GREYLISTED: Final = Answer(Verdict.DEFERRED, "450 4.2.0")
REFUSED: Final = Answer(Verdict.REFUSED, "550 5.1.1")
AWAY: Final = Answer(Verdict.AWAY, "ConnectionRefusedError")

Answers = Callable[..., list[str]]


def enqueue(address: str = ADDRESS, *, user: User | None = None) -> Mail:
    mailing.enqueue(MailKind.PASSWORD_CHANGED, address=address, user_id=user.pk if user else None)
    return Mail.objects.get(address=address)


def let_pass(time: timedelta) -> None:
    """And a millisecond: SQLite's clock counts no finer, so that what is due within this one is due in the next."""
    passed = time + timedelta(milliseconds=1)
    for mail in Mail.objects.all():
        Mail.objects.filter(pk=mail.pk).update(due_at=mail.due_at - passed, created_at=mail.created_at - passed)


def outcomes(outcome: str) -> float:
    labels = {"kind": "password_changed", "outcome": outcome}
    return REGISTRY.get_sample_value("authservice_mails_total", labels) or 0.0


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """The mail server answers so, the last for ever; returns to whom mails were sent."""

    def prepare(*given: Answer) -> list[str]:
        left, tried = list(given), []

        def send(_: Post, message: EmailMessage) -> Answer:
            tried.extend(message.to)
            return left.pop(0) if len(left) > 1 else left[0]

        monkeypatch.setattr(Post, "send", send)
        return tried

    return prepare


def test_a_mail_is_sent_once_and_its_row_is_gone(mailoutbox: list[EmailMessage]) -> None:
    mail = enqueue("Wilhelmina@EXAMPLE.com ")
    before = outcomes("sent")
    with capture_logs() as lines:
        assert [outbox.deliver_due() for _ in range(2)] == [1, 0]
    (message,) = mailoutbox
    assert message.to == [ADDRESS]
    assert not Mail.objects.exists()
    assert outcomes("sent") == before + 1
    assert [(line["event"], line["mail"]) for line in lines] == [("mail_sent", str(mail.pk))]
    assert ADDRESS not in str(lines)


@pytest.mark.django_db(transaction=True)
def test_a_mail_that_was_not_committed_is_not_sent(mailoutbox: list[EmailMessage]) -> None:
    with transaction.atomic():
        enqueue()
        transaction.set_rollback(True)
    assert outbox.deliver_due() == 0
    assert mailoutbox == []


def test_a_mail_without_content_is_forgotten(monkeypatch: pytest.MonkeyPatch, mailoutbox: list[EmailMessage]) -> None:
    monkeypatch.setattr(mail_contents, "compose", lambda _: None)
    enqueue()
    before = outcomes("dropped")
    assert outbox.deliver_due() == 0
    assert (mailoutbox, Mail.objects.count(), outcomes("dropped")) == ([], 0, before + 1)


def test_what_is_claimed_is_due_again_when_its_worker_has_had_time(mailoutbox: list[EmailMessage]) -> None:
    enqueue()
    with transaction.atomic():
        claimed = Mail.objects.claim()
    assert claimed is not None
    assert (outbox.deliver_due(), mailoutbox) == (0, [])
    let_pass(CLAIMED_FOR - timedelta(seconds=5))
    assert outbox.deliver_due() == 0
    let_pass(timedelta(seconds=6))
    assert outbox.deliver_due() == 1


def test_a_mail_that_is_put_off_is_tried_again_after_growing_pauses(answers: Answers) -> None:
    tried = answers(GREYLISTED)
    enqueue()
    for pause in (30, 60, 120, 240, 480, 960, 1800, 1800):
        before = len(tried)
        assert outbox.deliver_due() == 0
        assert len(tried) == before + 1
        let_pass(timedelta(seconds=pause - 1))
        outbox.deliver_due()
        assert len(tried) == before + 1
        let_pass(timedelta(seconds=2))
    answers(Answer(Verdict.TAKEN))
    assert outbox.deliver_due() == 1


def test_a_mail_that_is_put_off_holds_up_no_other(answers: Answers) -> None:
    tried = answers(GREYLISTED, Answer(Verdict.TAKEN))
    for number in range(3):
        enqueue(f"person{number}@example.com")
    assert outbox.deliver_due() == 2
    assert len(tried) == 3


def test_after_a_day_a_mail_is_given_up_and_told(answers: Answers, user: User) -> None:
    tried = answers(GREYLISTED)
    mail = enqueue(user=user)
    outbox.deliver_due()
    let_pass(timedelta(hours=24, seconds=1))
    before = outcomes("given_up")
    with capture_logs() as lines:
        assert outbox.deliver_due() == 0
    assert (len(tried), Mail.objects.count(), outcomes("given_up")) == (1, 0, before + 1)
    event = AuditEvent.objects.get(type="mail.given_up")
    assert (event.actor, event.subject, event.outcome) == ("system:work", user.pk, "failure")
    assert event.data == {"mail": str(mail.pk), "kind": "password_changed", "reason": "too_old", "attempts": 2}
    (line,) = [line for line in lines if line["event"] == "mail_given_up"]
    assert (line["log_level"], line["mail"]) == ("error", str(mail.pk))
    assert ADDRESS not in str(lines)


def test_what_is_for_nobody_is_dropped_at_any_age(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else strangers fill the audit log, while the mail server is away, with addresses that they make up."""
    monkeypatch.setattr(mail_contents, "compose", lambda _: None)
    enqueue()
    let_pass(timedelta(hours=24, seconds=1))
    before = outcomes("dropped")
    outbox.deliver_due()
    assert outcomes("dropped") == before + 1
    assert not AuditEvent.objects.exists()


def test_what_never_could_be_made_is_given_up_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_contents, "compose", lambda _: 1 / 0)
    enqueue()
    let_pass(timedelta(hours=24, seconds=1))
    outbox.deliver_due()
    assert AuditEvent.objects.get(type="mail.given_up").data["reason"] == "too_old"


def test_just_within_the_day_it_is_still_tried(answers: Answers) -> None:
    answers(Answer(Verdict.TAKEN))
    enqueue()
    let_pass(timedelta(hours=23, minutes=59))
    assert outbox.deliver_due() == 1


def test_what_is_refused_for_good_is_given_up_at_once(answers: Answers) -> None:
    tried = answers(REFUSED, Answer(Verdict.TAKEN))
    enqueue("nobody@example.com")
    enqueue()
    assert outbox.deliver_due() == 1
    assert len(tried) == 2
    assert not Mail.objects.exists()
    assert AuditEvent.objects.get(type="mail.given_up").data["reason"] == "550 5.1.1"


def test_what_is_no_address_is_given_up_at_once(mailoutbox: list[EmailMessage]) -> None:
    mailing.enqueue(MailKind.PASSWORD_CHANGED, address="a@example.com, b@example.com")
    outbox.deliver_due()
    assert (mailoutbox, Mail.objects.count()) == ([], 0)
    assert AuditEvent.objects.get(type="mail.given_up").data["reason"] == "no_address"


def test_while_the_server_is_away_one_mail_is_tried_in_a_round_and_never_the_same_one_first(answers: Answers) -> None:
    """Else one that makes the server hang up would hold up all the others."""
    tried = answers(AWAY)
    for number in range(3):
        enqueue(f"person{number}@example.com")
    for _ in range(3):
        made = outbox.deliver(lambda: False)
        assert (made.sent, made.is_server_away) == (0, True)
        let_pass(outbox.PAUSE_AFTER_AWAY)
    assert sorted(tried) == [f"person{number}@example.com" for number in range(3)]
    answers(Answer(Verdict.TAKEN))
    assert outbox.deliver_due() == 3


def test_tries_at_a_server_that_is_away_lengthen_no_pause(answers: Answers) -> None:
    answers(*[AWAY] * 7, GREYLISTED)
    mail = enqueue()
    for _ in range(8):
        outbox.deliver_due()
        let_pass(outbox.PAUSE_AFTER_AWAY)
    mail.refresh_from_db()
    assert mail.attempts == 1
    assert mail.due_at < timezone.now() + outbox.FIRST_PAUSE


def test_whatever_a_template_raises_the_others_are_sent(
    monkeypatch: pytest.MonkeyPatch, mailoutbox: list[EmailMessage]
) -> None:
    def compose(mail: Mail) -> Content:
        if mail.address == ADDRESS:
            raise ZeroDivisionError
        return Content()

    monkeypatch.setattr(mail_contents, "compose", compose)
    enqueue()
    enqueue("another@example.com")
    with capture_logs() as lines:
        assert outbox.deliver_due() == 1
    assert [message.to for message in mailoutbox] == [["another@example.com"]]
    assert [line["reason"] for line in lines if line["event"] == "mail_postponed"] == ["ZeroDivisionError"]
    assert Mail.objects.get().due_at > Mail.objects.get().created_at


def test_a_database_that_fails_is_no_mails_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def compose(mail: Mail) -> Content:
        raise OperationalError

    monkeypatch.setattr(mail_contents, "compose", compose)
    enqueue()
    with pytest.raises(OperationalError):
        outbox.deliver_due()
    assert Mail.objects.exists()


@pytest.mark.parametrize("answer", [GREYLISTED, AWAY, REFUSED])
def test_a_worker_that_took_too_long_leaves_a_mail_to_the_one_that_has_it_now(
    monkeypatch: pytest.MonkeyPatch, answer: Answer
) -> None:
    def send(_: Post, message: EmailMessage) -> Answer:
        Mail.objects.update(attempts=7, due_at=Now() + CLAIMED_FOR)  # claimed by another
        return answer

    monkeypatch.setattr(Post, "send", send)
    enqueue()
    outbox.deliver(lambda: False)
    left = Mail.objects.get()
    assert left.attempts == 7
    assert left.due_at > timezone.now() + CLAIMED_FOR - timedelta(seconds=20)
    assert not AuditEvent.objects.filter(type="mail.given_up").exists()


def test_a_mail_that_was_sent_too_late_is_not_sent_by_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def send(_: Post, message: EmailMessage) -> Answer:
        Mail.objects.update(attempts=7, due_at=Now() + CLAIMED_FOR)
        return Answer(Verdict.TAKEN)

    monkeypatch.setattr(Post, "send", send)
    enqueue()
    assert outbox.deliver_due() == 1
    assert not Mail.objects.exists()


def test_whoever_is_told_to_stop_takes_no_other_mail(answers: Answers) -> None:
    tried = answers(Answer(Verdict.TAKEN))
    for number in range(3):
        enqueue(f"person{number}@example.com")
    assert outbox.deliver(lambda: len(tried) == 2).sent == 2
    assert Mail.objects.count() == 1


def test_how_many_wait_and_since_when_can_be_watched() -> None:
    def watched() -> list[float]:
        outbox.watch_waiting()
        names = ("authservice_mails_waiting", "authservice_oldest_mail_seconds")
        return [REGISTRY.get_sample_value(name) or 0.0 for name in names]

    assert watched() == [0.0, 0.0]
    enqueue()
    let_pass(timedelta(hours=1))
    enqueue("another@example.com")
    count, seconds = watched()
    assert count == 2
    assert 3600 <= seconds < 3700


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_mail_once(mailoutbox: list[EmailMessage]) -> None:
    for number in range(20):
        enqueue(f"person{number}@example.com")
    assert sum(together(lambda _: outbox.deliver_due(), threads=4)) == 20
    assert len({message.extra_headers["Message-ID"] for message in mailoutbox}) == len(mailoutbox) == 20
