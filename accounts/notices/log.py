"""Appends to the log, within the transaction of what it tells of."""

from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.models import Notice, NoticeType
from accounts.notices.tail import tail

MAX_SUBJECTS_AT_ONCE: Final = 100
"""Bulk changes take at most so many subjects a transaction: each is numbered while everybody else waits to commit."""

Datum = str | int | None | list[str]


def append(notice_type: NoticeType, subject: UUID | str, **data: Datum) -> UUID:
    """The notice's id. Readers of the log see it once this transaction is committed, and this process then acts on it.

    `data` holds ids, versions and codes, nothing personal. TransactionManagementError outside a transaction: what the
    notice tells of would be committed apart from it.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("A notice is appended in the transaction of what it tells of.")
    notice = Notice.objects.create(type=notice_type, subject=str(subject), data=data)
    transaction.on_commit(partial(tail.heed_own, notice_type, str(subject)))
    return notice.pk
