"""The worker's rounds: removes what is over, and ends what was changed behind the services' back."""

from datetime import timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from accounts.models import AttemptCounter, RevocationReason, Session
from accounts.principals import Origin, System
from accounts.services import revocation

BATCH: Final = 500
KEPT_AFTER_END: Final = timedelta(days=1)  # so that a late refresh still learns why

WORKER: Final = System("work")


def purge() -> int:
    """Remove sessions that ended a day ago and counters whose window is over; at most one batch of each."""
    before = timezone.now() - KEPT_AFTER_END
    over = Session.objects.filter(Q(expires_at__lt=before) | Q(revoked_at__lt=before)).values("pk")[:BATCH]
    sessions, _ = Session.objects.filter(pk__in=list(over.values_list("pk", flat=True))).delete()
    closed = AttemptCounter.objects.filter(expires_at__lt=timezone.now()).values_list("pk", flat=True)[:BATCH]
    counters, _ = AttemptCounter.objects.filter(pk__in=list(closed), expires_at__lt=timezone.now()).delete()
    return sessions + counters


def reconcile() -> int:
    """End the sessions of users who were suspended or given new credentials without the services; how many users."""
    stray = Session.objects.unbelievable().values_list("user_id", "user__is_active").distinct()[:BATCH]
    for user_id, is_active in stray:
        reason = RevocationReason.CREDENTIALS_CHANGED if is_active else RevocationReason.SUSPENDED
        revocation.revoke_stray(user_id, reason, actor=WORKER, origin=Origin())
    return len(stray)
