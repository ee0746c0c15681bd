"""Services that hold personal data, as deletions know them, and the time that passes for them."""

from datetime import timedelta

from django.db.models import F

from accounts.models import Deletion, DeletionConsumer, Notice
from accounts.tests.support import notice_log


def make(client_id: str = "svc_orders") -> DeletionConsumer:
    return DeletionConsumer.objects.create(client_id=client_id)


def catch_up(consumer: DeletionConsumer) -> int:
    """It has followed the log to its end, and said so; where that is."""
    notice_log.number_all()
    seq = Notice.objects.order_by("-seq").values_list("seq", flat=True)[0] or 0
    DeletionConsumer.objects.filter(pk=consumer.pk).update(acknowledged_seq=seq)
    return seq


def let_pass(time: timedelta) -> None:
    """Every deletion was requested so much earlier."""
    Deletion.objects.update(requested_at=F("requested_at") - time)
