"""Notices without what they tell of."""

from datetime import timedelta
from itertools import count
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F

from accounts.models import Notice, NoticeType
from accounts.notices import log

_subjects = count(1)


def append(number: int = 1, notice_type: NoticeType = NoticeType.USER_UPDATED) -> list[Notice]:
    """So many notices, each of a subject of its own, in the log's order."""
    with transaction.atomic():
        ids = [log.append(notice_type, UUID(int=next(_subjects)), version=2) for _ in range(number)]
    number_all()
    return list(Notice.objects.filter(pk__in=ids).order_by("seq"))


def number_all() -> None:
    """In a test that is one transaction: what a commit would do to the notices so far."""
    connection.check_constraints()


def age(by: timedelta, *, up_to: Notice | None = None) -> None:
    """All of them, or those up to one, were committed so much earlier."""
    notices = Notice.objects.all() if up_to is None else Notice.objects.filter(seq__lte=up_to.seq)
    notices.update(occurred_at=F("occurred_at") - by)
