"""A mail is two forms of the same words, safe headers, and the same at each try."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

import pytest
from django.core.mail import EmailMultiAlternatives
from pytest_django import Settings

from accounts.delivery import rendering
from accounts.delivery.content import Content
from accounts.delivery.rendering import NoAddressError
from accounts.models import Mail, MailKind
from accounts.tests.delivery.conftest import ADDRESS, ASKED_AT

URL: Final = "https://auth.example.com/page?a=1&b=2#c0de"
WITH_LINK: Final = [
    MailKind.VERIFY_EMAIL,
    MailKind.RESET_PASSWORD,
    MailKind.CONFIRM_NEW_EMAIL,
    MailKind.PASSWORD_CHANGED,
    MailKind.ALREADY_REGISTERED,
    MailKind.CANCEL_DELETION,
    MailKind.INVITATION,
]
TEN_MINUTES: Final = Content(url=URL, lifetime=timedelta(minutes=10))


def of_kind(kind: MailKind) -> Mail:
    return Mail(kind=kind, address=ADDRESS, created_at=ASKED_AT)


def page_of(message: EmailMultiAlternatives) -> str:
    (alternative,) = message.alternatives
    assert alternative[1] == "text/html"
    return str(alternative[0])


@pytest.mark.parametrize("kind", MailKind)
def test_each_kind_has_a_subject_and_both_forms(kind: MailKind) -> None:
    message = rendering.render(of_kind(kind), Content())
    assert 10 < len(message.subject) < 60
    for form in (message.body, page_of(message)):
        assert ADDRESS in form
        assert "localhost" in form
        assert "{{" not in form
        assert "{%" not in form


@pytest.mark.parametrize("kind", WITH_LINK)
def test_the_link_is_in_the_text_as_it_is_and_in_the_page_as_button_and_as_words(kind: MailKind) -> None:
    message = rendering.render(of_kind(kind), Content(url=URL))
    assert message.body.splitlines().count(URL) == 1
    escaped = URL.replace("&", "&amp;")
    assert page_of(message).count(f'href="{escaped}"') == 2
    assert f">{escaped}</a>" in page_of(message)


@pytest.mark.parametrize("kind", MailKind)
def test_a_page_asks_nobody_for_anything(kind: MailKind) -> None:
    page = page_of(rendering.render(of_kind(kind), TEN_MINUTES))
    assert re.findall(r"<(?:img|script|link|iframe|form)\b|\bsrc=|@import|url\(|background=", page) == []
    assert set(re.findall(r'href="([^"#?]*)', page)) <= {"https://auth.example.com/page"}


@pytest.mark.parametrize("kind", MailKind)
def test_without_a_link_there_is_no_button(kind: MailKind) -> None:
    assert "<a " not in page_of(rendering.render(of_kind(kind), Content()))


@pytest.mark.parametrize(
    ("lifetime", "words"),
    [
        (timedelta(minutes=10), "10 minutes"),
        (timedelta(minutes=9, seconds=58), "10 minutes"),
        (timedelta(minutes=9, seconds=29), "9 minutes"),
        (timedelta(seconds=3), "1 minute"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=24), "24 hours"),
    ],
)
def test_how_long_the_link_is_good_for_is_said(mail: Mail, lifetime: timedelta, words: str) -> None:
    message = rendering.render(mail, Content(url=URL, lifetime=lifetime))
    assert f"within {words}." in message.body
    assert f"within {words}." in page_of(message)


def test_an_announced_deletion_says_when() -> None:
    content = Content(url=URL, due_at=datetime(2026, 12, 1, 9, 5, tzinfo=UTC))
    message = rendering.render(of_kind(MailKind.CANCEL_DELETION), content)
    assert "on 1 December 2026 at 09:05 UTC" in message.body
    assert "on 1 December 2026 at 09:05 UTC" in page_of(message)


def test_headers_say_that_a_program_wrote_it_and_which_mail_it_is(mail: Mail, settings: Settings) -> None:
    settings.AUTH_ISSUER = "https://auth.example.com:8443/path"
    settings.DEFAULT_FROM_EMAIL = "Accounts <no-reply@example.com>"
    first, again = (rendering.render(mail, TEN_MINUTES).message() for _ in range(2))
    assert first["Message-ID"] == again["Message-ID"] == f"<{mail.pk}@auth.example.com>"
    assert parsedate_to_datetime(first["Date"]) == parsedate_to_datetime(again["Date"]) == ASKED_AT
    assert first["Auto-Submitted"] == "auto-generated"
    assert (first["From"], first["To"]) == ("Accounts <no-reply@example.com>", ADDRESS)


@pytest.mark.parametrize(
    ("issuer", "site"),
    [("http://[::1]:8000", "[::1]"), ("https://münchen.example", "xn--mnchen-3ya.example"), ("http://x_y", "x_y")],
)
def test_whatever_the_issuer_is_called_the_headers_stay_ascii(
    mail: Mail, settings: Settings, issuer: str, site: str
) -> None:
    settings.AUTH_ISSUER = issuer
    assert rendering.render(mail, TEN_MINUTES).message()["Message-ID"] == f"<{mail.pk}@{site}>"


@pytest.mark.parametrize(
    "address",
    [
        "", "ada", "ada@", "@example.com", "ada@example.com, eve@example.com", "ada@example.com;eve@example.com",
        "ada@example.com\nBcc: eve@example.com", "ada@example.com\r\nSubject: x", "ada@example.com\x00",
        "Ada <ada@example.com>", "ada@example.com (Ada)", "<ada@example.com>", "ada @example.com", "ada@exam ple.com",
        "list:ada@example.com;", "ä@b.example\nBcc: eve@example.com", "ä@b.example, eve@example.com",
        "a\u2028b@example.com",
    ],
)  # fmt: skip
def test_what_is_not_exactly_one_address_gets_no_mail(mail: Mail, address: str) -> None:
    mail.address = address
    with pytest.raises(NoAddressError):
        rendering.render(mail, TEN_MINUTES)


@pytest.mark.parametrize(
    "address", ["o'neil+x@example.com", '"a b"@example.com', "a@xn--mnchen-3ya.example", "ä@b.example"]
)
def test_addresses_of_every_normalised_form_get_theirs(mail: Mail, address: str) -> None:
    mail.address = address
    assert rendering.render(mail, TEN_MINUTES).recipients() == [address]


@pytest.fixture
def own_templates(settings: Settings, tmp_path: Path) -> Path:
    """A directory that comes before ours, as `templates/` in the project does."""
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [engine | {"DIRS": [tmp_path]}]
    directory = tmp_path / "accounts" / "mails"
    directory.mkdir(parents=True)
    return directory


def test_each_template_can_be_overridden(mail: Mail, own_templates: Path) -> None:
    (own_templates / "reset_password.subject.txt").write_text("New & secret,\n in {{ lifetime }}\n")
    (own_templates / "reset_password.txt").write_text("Hear ye: {{ url }}")
    message = rendering.render(mail, TEN_MINUTES)
    assert message.subject == "New & secret, in 10 minutes"
    assert message.body == f"Hear ye: {URL}"
    assert "Choose a new password</a>" in page_of(message)


def test_a_layout_of_ones_own_serves_all_kinds(own_templates: Path) -> None:
    (own_templates / "layout.html").write_text("<h1>ACME</h1>{% block words %}{% endblock %}")
    for kind in MailKind:
        assert page_of(rendering.render(of_kind(kind), TEN_MINUTES)).startswith("<h1>ACME</h1>")


def test_the_project_looks_for_templates_of_its_own_first(settings: Settings) -> None:
    (engine,) = settings.TEMPLATES
    assert [path.name for path in engine["DIRS"]] == ["templates"]
