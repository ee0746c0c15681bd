"""Mails that were never enqueued, and a mail server to send them to."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from accounts.models import Mail, MailKind
from accounts.tests.support.mail_server import MailServer

ADDRESS = "ada@example.com"
ASKED_AT = datetime(2026, 11, 21, 20, 30, 5, tzinfo=UTC)


@pytest.fixture
def mail() -> Mail:
    return Mail(kind=MailKind.RESET_PASSWORD, address=ADDRESS, created_at=ASKED_AT)


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """Running, and this process sends to it."""
    server = MailServer().start()
    settings.EMAIL_BACKEND = "accounts.delivery.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 0.5
    yield server
    server.stop()
