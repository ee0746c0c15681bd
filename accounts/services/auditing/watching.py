"""Watches the end of the chain from within the worker: what it has seen there can't be gone a moment later."""

import structlog

from accounts.models import AuditBatch

log = structlog.get_logger("accounts.audit")


class End:
    """Of a process: the last batch that it has seen, which it, or another worker, sealed."""

    def __init__(self) -> None:
        self._seen: AuditBatch | None = None

    def watch_end(self) -> int:
        """The worker's duty, behind the sealing: an end that was cut off is told, also where it was sealed again since;
        there is nothing to do in it.
        """
        last, seen = AuditBatch.objects.order_by("-number").first(), self._seen
        if seen is not None and not AuditBatch.objects.filter(number=seen.number, head=seen.head).exists():
            log.error("audit_end_lost", head=seen.name, end=last and last.name)
        self._seen = last
        return 0
