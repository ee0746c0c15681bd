"""The database numbers notices as they are committed; a migration that drops what does it fails here."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import serializers
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Notice, NoticeType
from accounts.notices import log
from accounts.tests.support import notice_log

pytestmark = pytest.mark.django_db(transaction=True)

TRIGGERS = {
    "sqlite": (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'accounts_notice'",
        {"notice_is_numbered"},
    ),
    "postgresql": (
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'accounts_notice'::regclass AND tginitdeferred",
        {"notice_is_queued", "notice_is_numbered"},
    ),
}


def test_the_triggers_are_there_after_all_migrations() -> None:
    """SQLite's go when Django makes the table anew: that migration must run `number_notices` of 0003 again."""
    query, names = TRIGGERS[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(query)
        assert {name for (name,) in cursor.fetchall()} == names


def test_notices_are_numbered_from_one_without_gaps() -> None:
    for _ in range(2):
        with transaction.atomic():
            log.append(NoticeType.USER_UPDATED, uuid4())
            log.append(NoticeType.USER_DELETED, uuid4())
    rows = Notice.objects.order_by("seq").values_list("seq", "type")
    assert list(rows) == [(1, "user.updated"), (2, "user.deleted"), (3, "user.updated"), (4, "user.deleted")]


def test_what_is_rolled_back_takes_no_number() -> None:
    for _ in range(2):
        with transaction.atomic():
            log.append(NoticeType.USER_UPDATED, uuid4())
            transaction.set_rollback(True)
    with transaction.atomic():
        kept = log.append(NoticeType.USER_UPDATED, uuid4())
        with transaction.atomic():
            log.append(NoticeType.USER_UPDATED, uuid4())
            transaction.set_rollback(True)
    assert [(notice.seq, notice.pk) for notice in Notice.objects.all()] == [(1, kept)]


def test_numbers_go_on_from_the_last_one_whatever_was_removed_before() -> None:
    notice_log.append(5)
    Notice.objects.filter(seq__lt=5).delete()
    assert [notice.seq for notice in notice_log.append(1)] == [6]


def test_notices_that_bear_a_number_keep_it() -> None:
    """A dump that is loaded again, row by row, is the same log as before."""
    notice_log.append(5)
    Notice.objects.filter(seq__in=[1, 3]).delete()
    before = list(Notice.objects.order_by("seq").values_list("seq", "pk"))
    dump = serializers.serialize("json", Notice.objects.order_by("-seq"))
    Notice.objects.all().delete()
    with transaction.atomic():
        for row in serializers.deserialize("json", dump):
            row.save()
    assert list(Notice.objects.order_by("seq").values_list("seq", "pk")) == before
    assert [notice.seq for notice in notice_log.append(1)] == [6]


def test_a_notice_outside_the_transaction_of_what_it_tells_of_is_refused() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        log.append(NoticeType.USER_UPDATED, uuid4())
    assert not Notice.objects.exists()


@pytest.mark.postgresql
def test_a_notice_has_no_number_until_it_is_committed_and_bears_the_moment_of_the_commit() -> None:
    with transaction.atomic():
        Notice.objects.get(pk=log.append(NoticeType.USER_UPDATED, uuid4()), seq__isnull=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.05), clock_timestamp()")
            _, before_the_commit = cursor.fetchone()
    assert Notice.objects.get(seq=1).occurred_at > before_the_commit


@pytest.mark.postgresql
def test_reads_of_the_log_go_by_its_indexes() -> None:
    """By the time also after a busy while, when a look along the numbers seems to find a recent one soon."""
    rows = [Notice(seq=number, type="user.updated", subject="") for number in range(1, 10_001)]
    Notice.objects.bulk_create(rows[:9000])
    notice_log.age(timedelta(days=1))
    Notice.objects.bulk_create(rows[9000:])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_notice")
        with CaptureQueriesContext(connection) as captured:
            Notice.objects.first_number_within(timedelta(seconds=330))
        cursor.execute(f"EXPLAIN {captured.captured_queries[-1]['sql']}")
        plan = str(cursor.fetchall())
    assert "accounts_notice_occurred_at" in plan
    assert "accounts_notice_seq_key" not in plan
    plan = Notice.objects.numbered_from(4000)[:52].explain()
    assert "Index Scan using accounts_notice_seq_key" in plan
    assert "Sort" not in plan
