"""Removes notices that are older than the log goes back: from its beginning on, and never the last one."""

from typing import Final

from accounts.conf import auth_settings
from accounts.models import Notice

BATCH: Final = 1000


def shorten_notices() -> int:
    """How many were removed. Without gaps, so that a position is known exactly as long as all that follows it is."""
    first, last = Notice.objects.numbered_from(1).first(), Notice.objects.find_last()
    if first is None or last is None or first.seq is None or last.seq is None:
        return 0
    kept = Notice.objects.first_number_within(auth_settings.notice_retention)
    end = last.seq if kept is None else min(kept, last.seq)  # numbers go on from the last one's
    removed = 0
    for seq in range(first.seq + BATCH, end + BATCH, BATCH):
        count, _ = Notice.objects.filter(seq__lt=min(seq, end)).delete()
        removed += count
    return removed
