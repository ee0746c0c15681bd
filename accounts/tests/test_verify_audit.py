"""`manage.py verify_audit` says what is right, and names the first batch that is not."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent
from accounts.services.auditing import dropping
from accounts.tests.support import audit_trail

pytestmark = pytest.mark.django_db


def run(*heads: str) -> str:
    out = StringIO()
    call_command("verify_audit", *(f"--head={head}" for head in heads), stdout=out)
    return out.getvalue()


def test_what_is_right_is_said_with_the_last_head() -> None:
    assert run() == "0 batches with 0 events are what was sealed.\n"
    first, last = audit_trail.seal(2, 3)
    assert run(first.name, last.name) == (
        f"2 batches with 5 events are what was sealed.\nThe last head is {last.name}.\n"
    )


def test_what_waits_to_be_sealed_is_said() -> None:
    audit_trail.append(1)
    (at,) = AuditEvent.objects.values_list("occurred_at", flat=True)
    assert f"Not sealed yet: what happened since {at:%Y-%m-%d %H:%M:%S} UTC.\n" in run()


def test_the_first_bad_batch_is_named() -> None:
    audit_trail.seal(2, 2, 2)
    AuditEvent.objects.filter(number__gte=3).update(outcome="failure")
    with pytest.raises(CommandError, match=r"^Batch 2 is the first that is wrong: its events, or what it says of them"):
        run()


def test_an_end_that_was_cut_off_is_named() -> None:
    first, last = audit_trail.seal(2, 2)
    AuditEvent.objects.filter(number__gte=3).delete()
    last.delete()
    assert "1 batches with 2 events" in run(first.name)
    with pytest.raises(
        CommandError, match=r"^Batch 2 is the first that is wrong: its head was told, and it is not there"
    ):
        run(f"2:{last.head}")


def test_what_was_dropped_is_said() -> None:
    audit_trail.seal(2, 2)
    audit_trail.let_pass(timedelta(days=401))
    first, dropped, last = audit_trail.seal(1)
    dropping.drop_old()
    said = run(first.name, dropped.name, last.name)
    assert "1 batches with 1 events are what was sealed.\n" in said
    assert "Those up to batch 2 were dropped (AUTH_AUDIT_RETENTION).\n" in said
    assert "The head of batch 1 can't be checked: the batch was dropped.\n" in said


@pytest.mark.parametrize("head", ["", "1", "1:", "1:ab", ":" + "0" * 64, "0:" + "0" * 64, "1:" + "g" * 64])
def test_what_is_no_head_is_refused(head: str) -> None:
    with pytest.raises(CommandError, match="is no head"):
        run(head)


def test_a_head_is_taken_as_it_was_copied() -> None:
    (batch,) = audit_trail.seal(1)
    assert run(f" {batch.name.upper()} ")
