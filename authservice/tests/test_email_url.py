"""Where mails go, and whom they are from, is read from the environment or refused by name."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from authservice import email_url, env
from authservice.tests.test_env import PRODUCTION, fault, shown

SMTP = "accounts.delivery.smtp.EmailBackend"
CONSOLE = "accounts.delivery.console.EmailBackend"


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("smtp://localhost", {"EMAIL_BACKEND": SMTP, "EMAIL_HOST": "localhost", "EMAIL_PORT": 25}),
        ("smtp://[::1]:2525", {"EMAIL_BACKEND": SMTP, "EMAIL_HOST": "::1", "EMAIL_PORT": 2525}),
        (
            "smtp+tls://me%40example.com:p%2Fa%25@mail.example",
            {
                "EMAIL_BACKEND": SMTP,
                "EMAIL_HOST": "mail.example",
                "EMAIL_PORT": 587,
                "EMAIL_USE_TLS": True,
                "EMAIL_HOST_USER": "me@example.com",
                "EMAIL_HOST_PASSWORD": "p/a%",
            },
        ),
        ("smtp+ssl://mail", {"EMAIL_BACKEND": SMTP, "EMAIL_HOST": "mail", "EMAIL_PORT": 465, "EMAIL_USE_SSL": True}),
        ("consolemail://", {"EMAIL_BACKEND": CONSOLE}),
        (
            "filemail:///var/mails",
            {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": "/var/mails"},
        ),
    ],
)
def test_a_url_says_where_mails_go(url: str, found: dict[str, Any]) -> None:
    assert email_url.parse(url) == found


@pytest.mark.parametrize(
    "url",
    [
        "mail.example", "http://mail", "smtps://mail", "smtp://", "smtp://:25", "smtp://u:hunter2@mail:port", "smtp://[",
        "smtp://u:hunter2@mail?tls=1", "dummymail://", "smtp://u:hunter2@mail:70000",
    ],
)  # fmt: skip
def test_what_does_not_read_is_named_and_shows_no_password(url: str) -> None:
    text = fault(PRODUCTION | {"EMAIL_URL": url})
    assert text.startswith("EMAIL_URL is ")
    assert "it takes smtp://" in text
    assert "hunter2" not in text


def test_with_a_database_mails_go_to_this_machine_and_in_embedded_mode_to_the_console() -> None:
    assert env.read(PRODUCTION).email["EMAIL_HOST"] == "localhost"
    assert env.read({"SECRET_KEY": PRODUCTION["SECRET_KEY"]}).email == {"EMAIL_BACKEND": CONSOLE}


def test_the_password_hides_itself() -> None:
    assert "hunter2" not in shown(env.read(PRODUCTION | {"EMAIL_URL": "smtp+tls://u:hunter2@mail"}))


def test_mails_are_from_the_issuer_unless_said_otherwise() -> None:
    assert env.read(PRODUCTION).default_from_email == "no-reply@auth.example.com"
    for issuer, host in (("http://[::1]:8000", "[::1]"), ("https://münchen.example", "münchen.example")):
        assert env.read(PRODUCTION | {"AUTH_ISSUER": issuer}).default_from_email == f"no-reply@{host}"
    given = "Ada’s Accounts <no-reply@example.com>"
    assert env.read(PRODUCTION | {"DEFAULT_FROM_EMAIL": given}).default_from_email == given


@pytest.mark.parametrize(
    "sender",
    [
        "Accounts",
        "a@example.com, b@example.com",
        "<a@example.com",
        "a@example.com\nBcc: b@example.com",
        "a@",
        "@b",
        "x:;",
    ],
)
def test_a_sender_is_exactly_one_address(sender: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^DEFAULT_FROM_EMAIL is "):
        env.read(PRODUCTION | {"DEFAULT_FROM_EMAIL": sender})
