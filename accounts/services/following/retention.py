"""Removes notices that are older than the log goes back: from its beginning on, and never the last one."""

from itertools import takewhile
from typing import Final

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now

from accounts.conf import auth_settings
from accounts.models import Notice
from accounts.services.rounds import Turn

BATCH: Final = 1000


def shorten_notices() -> int:
    """How many were removed, in a turn. Without gaps, so that a position is known exactly as long as all that follows
    it is. Only what goes is read, and one notice more: what is kept may be millions, and there is a round every 5 s.
    """
    turn, removed = Turn(), 0
    while old := _find_old():
        count, _ = Notice.objects.filter(seq__lte=old[-1]).delete()
        removed += count
        if len(old) < BATCH or turn.is_over:
            break
    return removed


def _find_old() -> list[int]:
    """The first numbers of the log, as far as they are too old by the database's clock; never the last of all, because
    numbers go on from it.
    """
    is_old = ExpressionWrapper(Q(occurred_at__lt=Now() - auth_settings.notice_retention), BooleanField())
    first = Notice.objects.numbered_from(1).annotate(is_old=is_old).values_list("seq", "is_old")
    *candidates, _last = list(first[: BATCH + 1]) or [(None, False)]
    return [seq for seq, _ in takewhile(lambda row: row[1], candidates) if seq is not None]
