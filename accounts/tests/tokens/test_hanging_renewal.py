"""Renewing meets a database that hangs: by a clock that runs, as the deadlines do."""

import time
from collections.abc import Callable, Sequence

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import CaptureQueriesContext

from accounts.models import Session
from accounts.notices.reader import DEADLINE_SECONDS
from accounts.tokens import standing
from accounts.tokens.renewal import RENEWED_AFTER_SECONDS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


def hang(found: Sequence[Session], over: BaseDatabaseWrapper) -> Sequence[float]:
    with over.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(3)")
    return [60.0] * len(found)


def is_remembered(session: Session) -> bool:
    with CaptureQueriesContext(connection) as captured:
        standing.recall_session(user_id=session.user_id, session_id=session.pk)
    return not captured.captured_queries


def test_nobody_is_held_up_for_longer_than_by_the_log(
    session: Session, later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing.sessions._renewal, "_reread", hang)
    is_remembered(session)
    later(RENEWED_AFTER_SECONDS)
    began_at = time.monotonic()
    assert is_remembered(session)
    assert DEADLINE_SECONDS / 2 < time.monotonic() - began_at < 2 * DEADLINE_SECONDS
    asked_again_at = time.monotonic()
    assert is_remembered(session)
    assert time.monotonic() - asked_again_at < DEADLINE_SECONDS / 2, "the log, too, is left alone for a moment"
