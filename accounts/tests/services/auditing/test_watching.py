"""The worker has seen the end of the chain: who cuts it off is told, also where the next one seals it again."""

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from accounts.models import AuditBatch, AuditEvent
from accounts.services.auditing.watching import End
from accounts.tests.support import audit_trail

pytestmark = pytest.mark.django_db


def lines_of(end: End) -> list[EventDict]:
    with capture_logs() as lines:
        assert end.watch_end() == 0
    return list(lines)


def cut_end() -> None:
    batch = AuditBatch.objects.latest("number")
    AuditEvent.objects.numbered(batch.first_row, batch.last_row).order_by().delete()
    batch.delete()


def test_a_chain_that_grows_is_nothing_to_tell() -> None:
    end = End()
    assert lines_of(end) == []
    for _ in range(2):
        audit_trail.seal(1, 1)
        assert lines_of(end) == []
        assert lines_of(end) == []


def test_an_end_that_was_cut_off_is_told_once() -> None:
    end = End()
    first, last = audit_trail.seal(1, 1)
    lines_of(end)
    cut_end()
    (line,) = lines_of(end)
    assert line == {"event": "audit_end_lost", "log_level": "error", "head": last.name, "end": first.name}
    assert lines_of(end) == []


def test_an_end_that_was_sealed_again_is_told_too() -> None:
    end = End()
    last = audit_trail.seal(1, 1)[-1]
    lines_of(end)
    cut_end()
    audit_trail.seal(2, 1)
    assert [line["head"] for line in lines_of(end)] == [last.name]


def test_a_chain_of_which_nothing_is_left_is_told() -> None:
    end = End()
    (batch,) = audit_trail.seal(1)
    lines_of(end)
    cut_end()
    assert [(line["head"], line["end"]) for line in lines_of(end)] == [(batch.name, None)]
