"""What a mail server does with a mail is told apart: taken, refused for good, not now, nobody's fault."""

import ssl
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from pytest_django import Settings

from accounts.delivery import rendering, sending
from accounts.delivery.content import Content
from accounts.delivery.sending import Answer, Post, Verdict
from accounts.models import Mail, MailKind
from accounts.tests.browser import fronts
from accounts.tests.support.mail_server import CLOSE, HANG, Drip, MailServer, Manner, Say

CONTENT = Content(url="https://auth.example.com/#c0de", lifetime=timedelta(minutes=10))
STEPS = ["greeting", "ehlo", "mail", "rcpt", "data", "end"]


@pytest.fixture
def message(mail: Mail) -> EmailMessage:
    return rendering.render(mail, CONTENT)


def send(message: EmailMessage) -> Answer:
    with Post() as post:
        return post.send(message)


def test_a_mail_arrives_whole(mail_server: MailServer, mail: Mail, message: EmailMessage) -> None:
    assert send(message) == Answer(Verdict.TAKEN)
    (taken,) = mail_server.taken
    assert (taken.recipient, taken.id) == (mail.address, str(mail.pk))
    text, page = taken.message.iter_parts()
    assert CONTENT.url in text.get_content()
    assert f'href="{CONTENT.url}"' in page.get_content()


@pytest.mark.parametrize("kind", MailKind)
def test_every_server_on_its_way_can_carry_a_mail(mail_server: MailServer, mail: Mail, kind: MailKind) -> None:
    """RFC 5322 section 2.1.1: 998 characters a line, and nothing beyond ASCII where no address is."""
    mail.kind = kind
    assert send(rendering.render(mail, CONTENT)).verdict is Verdict.TAKEN
    (taken,) = mail_server.taken
    assert taken.raw.isascii()
    assert max(map(len, taken.raw.split(b"\r\n"))) <= 998
    assert b"\n" not in taken.raw.replace(b"\r\n", b"")
    assert [part.get_content_type() for part in taken.message.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize(
    ("step", "reply", "answer"),
    [
        ("rcpt", "550 5.1.1 <ada@example.com> is unknown", Answer(Verdict.REFUSED, "550 5.1.1")),
        ("rcpt", "553 no", Answer(Verdict.REFUSED, "553")),
        ("end", "554 5.7.1 spam from ada@example.com", Answer(Verdict.REFUSED, "554 5.7.1")),
        ("data", "554 no", Answer(Verdict.REFUSED, "554")),
        ("rcpt", "450 4.2.0 greylisted", Answer(Verdict.DEFERRED, "450 4.2.0")),
        ("rcpt", "452 full", Answer(Verdict.DEFERRED, "452")),
        ("data", "451 later", Answer(Verdict.DEFERRED, "451")),
        ("end", "451 4.3.0 later", Answer(Verdict.DEFERRED, "451 4.3.0")),
        ("greeting", "554 no service here", Answer(Verdict.AWAY, "554")),
        ("greeting", "421 too many", Answer(Verdict.AWAY, "421")),
        ("mail", "550 5.7.1 who are you", Answer(Verdict.AWAY, "550 5.7.1")),
        ("mail", "451 later", Answer(Verdict.AWAY, "451")),
        ("rcpt", "421 4.3.2 shutting down", Answer(Verdict.AWAY, "421 4.3.2")),
        ("end", "421 shutting down", Answer(Verdict.AWAY, "421")),
        ("rcpt", "nonsense", Answer(Verdict.DEFERRED, "SMTPRecipientsRefused")),
    ],
)
def test_an_answer_is_about_the_mail_or_about_the_server(
    mail_server: MailServer, message: EmailMessage, step: str, reply: str, answer: Answer
) -> None:
    mail_server.behave(**{step: Say(reply)})
    assert send(message) == answer
    assert mail_server.taken == []


@pytest.mark.parametrize("step", STEPS)
def test_a_server_that_hangs_up_is_away(mail_server: MailServer, message: EmailMessage, step: str) -> None:
    mail_server.behave(**{step: CLOSE})
    assert send(message).verdict is Verdict.AWAY


@pytest.mark.parametrize("step", STEPS)
def test_a_server_that_hangs_is_left_after_the_time_for_a_wait(
    mail_server: MailServer, message: EmailMessage, step: str
) -> None:
    mail_server.behave(**{step: HANG})
    began = time.monotonic()
    assert send(message).verdict is Verdict.AWAY
    assert time.monotonic() - began < 1.0


@pytest.mark.parametrize("step", STEPS)
def test_a_server_that_never_comes_to_an_end_is_left_after_the_time_for_all_waits(
    mail_server: MailServer, message: EmailMessage, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Each character comes in time, so that no single wait is too long."""
    monkeypatch.setattr(sending, "LONGEST_SECONDS", 0.6)
    mail_server.behave(**{step: Drip(0.2)})
    began = time.monotonic()
    assert send(message).verdict is Verdict.AWAY
    assert time.monotonic() - began < 1.2


def test_a_slow_server_is_waited_for(mail_server: MailServer, message: EmailMessage) -> None:
    mail_server.behave(**dict.fromkeys(STEPS, lambda: time.sleep(0.2)))
    assert send(message) == Answer(Verdict.TAKEN)


def test_nobody_there_is_away(mail_server: MailServer, message: EmailMessage) -> None:
    mail_server.stop()
    assert send(message) == Answer(Verdict.AWAY, "ConnectionRefusedError")


@pytest.mark.parametrize("farewell", [CLOSE, HANG, Say("500 what")])
def test_what_is_taken_is_taken_however_the_server_says_good_bye(
    mail_server: MailServer, message: EmailMessage, farewell: Manner
) -> None:
    mail_server.behave(quit=farewell)
    assert send(message) == Answer(Verdict.TAKEN)


def test_one_connection_serves_for_many_and_survives_refusals(mail_server: MailServer, message: EmailMessage) -> None:
    with Post() as post:
        assert post.send(message).verdict is Verdict.TAKEN
        for step, reply in (("rcpt", "550 no"), ("rcpt", "450 no"), ("data", "451 no"), ("end", "554 no")):
            mail_server.behave(**{step: Say(reply)})
            assert post.send(message).verdict in {Verdict.REFUSED, Verdict.DEFERRED}
        mail_server.behave()
        assert post.send(message).verdict is Verdict.TAKEN
    assert (len(mail_server.taken), mail_server.conversations) == (2, 1)


@pytest.mark.parametrize("step", ["mail", "rcpt"])
def test_a_kept_connection_that_was_closed_meanwhile_is_opened_once_more(
    mail_server: MailServer, message: EmailMessage, step: str
) -> None:
    def close_this_one() -> None:
        mail_server.behave()
        raise OSError

    with Post() as post:
        post.send(message)
        mail_server.behave(**{step: close_this_one})
        assert post.send(message).verdict is Verdict.TAKEN
    assert (len(mail_server.taken), mail_server.conversations) == (2, 2)


def test_a_server_without_tls_gets_nothing_where_tls_is_wanted(
    mail_server: MailServer, message: EmailMessage, settings: Settings
) -> None:
    settings.EMAIL_USE_TLS = True
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "service", "secret"
    assert send(message) == Answer(Verdict.AWAY, "SMTPNotSupportedError")


@pytest.fixture(params=["EMAIL_USE_TLS", "EMAIL_USE_SSL"])
def with_tls(request: pytest.FixtureRequest, settings: Settings, certificate: Path) -> Iterator[MailServer]:
    """It shows a certificate for localhost that nobody vouches for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = MailServer(tls=context, tls_from_start=request.param == "EMAIL_USE_SSL").start()
    settings.EMAIL_BACKEND = "accounts.delivery.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "localhost", server.port, 2.0
    setattr(settings, request.param, True)
    yield server
    server.stop()


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return fronts.make_certificate(tmp_path / "mail.pem", "localhost")


def test_a_server_that_can_not_prove_its_name_gets_nothing(with_tls: MailServer, message: EmailMessage) -> None:
    assert send(message) == Answer(Verdict.AWAY, "SSLCertVerificationError")
    assert with_tls.taken == []


def test_a_server_that_can_gets_it_in_secret(
    with_tls: MailServer, message: EmailMessage, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert send(message) == Answer(Verdict.TAKEN)
    assert len(with_tls.taken) == 1


def test_an_address_beyond_ascii_is_sent_as_it_is(mail_server: MailServer, mail: Mail) -> None:
    mail.address = "jürgen@xn--mnchen-3ya.example"
    assert send(rendering.render(mail, CONTENT)) == Answer(Verdict.TAKEN)
    (taken,) = mail_server.taken
    assert taken.recipient == taken.message["To"] == mail.address
    assert taken.id == str(mail.pk)
    assert CONTENT.url in taken.message.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_a_server_that_takes_no_such_address_has_refused_it(settings: Settings, mail: Mail) -> None:
    server = MailServer(extensions=()).start()
    settings.EMAIL_BACKEND = "accounts.delivery.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 2.0
    mail.address = "jürgen@example.com"
    try:
        assert send(rendering.render(mail, CONTENT)) == Answer(Verdict.REFUSED, "SMTPNotSupportedError")
    finally:
        server.stop()
