"""Old notices go, from the beginning of the log on; the last one stays, because numbers go on from it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import Notice
from accounts.services import rounds
from accounts.services.following import retention
from accounts.tests.support import notice_log

pytestmark = pytest.mark.django_db

OLD = timedelta(days=31)


def left() -> list[int | None]:
    return list(Notice.objects.order_by("seq").values_list("seq", flat=True))


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 3), (1, 0), (1, 1), (3, 2), (7, 1)])
def test_what_is_older_than_the_retention_goes(monkeypatch: pytest.MonkeyPatch, old: int, new: int) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    notice_log.append(old)
    notice_log.age(OLD)
    notice_log.append(new)
    removed = old if new else max(old - 1, 0)
    assert retention.shorten_notices() == removed
    assert retention.shorten_notices() == 0
    assert left() == list(range(removed + 1, old + new + 1))


def test_the_last_notice_stays_however_old_it_is_and_numbers_go_on() -> None:
    notice_log.append(3)
    notice_log.age(timedelta(days=400))
    assert retention.shorten_notices() == 2
    notice_log.append(1)
    assert left() == [3, 4]


def test_retention_is_a_setting(settings: Settings) -> None:
    settings.AUTH_NOTICE_RETENTION = 3600
    notice_log.append(2)
    notice_log.age(timedelta(minutes=59))
    assert retention.shorten_notices() == 0
    notice_log.age(timedelta(minutes=2))
    assert retention.shorten_notices() == 1


def test_no_gap_is_made_where_a_clock_was_set_back() -> None:
    """An old date behind a recent one: the log is shortened from its beginning alone."""
    first, second, third, _ = notice_log.append(4)
    for notice in (first, third):
        Notice.objects.filter(pk=notice.pk).update(occurred_at=notice.occurred_at - OLD)
    assert retention.shorten_notices() == 1
    assert left() == [second.seq, third.seq, 4]


def test_only_what_goes_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that has nothing to remove must not read all that is kept."""
    monkeypatch.setattr(retention, "BATCH", 2)
    notice_log.append(9)
    notice_log.age(OLD, up_to=Notice.objects.get(seq=3))
    with CaptureQueriesContext(connection) as queries:
        assert retention.shorten_notices() == 3
    looks = [query["sql"] for query in queries if query["sql"].startswith("SELECT")]
    assert len(looks) == 2
    assert all("LIMIT 3" in look and "MIN(" not in look for look in looks)


def test_a_turn_ends_and_the_next_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(rounds, "TURN_SECONDS", 0)
    notice_log.append(5)
    notice_log.age(OLD)
    notice_log.append(1)
    assert [retention.shorten_notices() for _ in range(4)] == [2, 2, 1, 0]
