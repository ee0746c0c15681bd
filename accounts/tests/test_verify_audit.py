"""`manage.py verify_audit` says what is right, and names the first batch that is not."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts import audit
from accounts.models import AuditContext, AuditEvent, DeletionConsumer, EventType, Outcome, User
from accounts.principals import Nobody, Origin, UserPrincipal
from accounts.services.auditing import dropping, sealing
from accounts.services.deleting import deletion
from accounts.tests.support import audit_trail

pytestmark = pytest.mark.django_db


def run(*heads: str) -> str:
    return run_with(*(f"--head={head}" for head in heads))


def run_with(*options: str) -> str:
    out = StringIO()
    call_command("verify_audit", *options, stdout=out)
    return out.getvalue()


def test_what_is_right_is_said_with_the_last_head() -> None:
    assert run() == "0 batches with 0 events are what was sealed.\nNothing that was sealed is kept.\n"
    first, last = audit_trail.seal(2, 3)
    assert run(first.name, last.name) == (
        "2 batches with 5 events are what was sealed.\n"
        f"What was sealed since {first.sealed_at:%Y-%m-%d %H:%M:%S} UTC is kept.\n"
        f"The last head is {last.name}.\n"
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
    heads = [f"--head={batch.name}" for batch in (first, dropped, last)]
    said = run_with(*heads, f"--dropped={dropped.name}")
    assert "1 batches with 1 events are what was sealed.\n" in said
    assert "Those up to batch 2 were dropped (AUTH_AUDIT_RETENTION).\n" in said
    with pytest.raises(
        CommandError, match=r"^Batch 1 is the first that is wrong: its head was told, and not that it was"
    ):
        run(first.name)


def test_what_is_erased_is_counted(user: User) -> None:
    """By the deletion that explains it, or by nobody's."""
    for actor, subject in ((audit_trail.OPERATOR, user.pk), (UserPrincipal(user.pk, user.pk), None)):
        audit.record(EventType.LOGOUT, Outcome.SUCCESS, actor=actor, origin=audit_trail.HERE, subject=subject)
    audit_trail.append(2)
    audit_trail.append(1, origin=Origin())  # nothing personal
    audit_trail.wait()
    assert sealing.seal_due() == 5
    assert "erased" not in run()
    deletion.request(user.pk, actor=audit_trail.OPERATOR, origin=Origin())
    assert "2 personal parts are erased, 0 of them of events by and about nobody who was deleted" in run()
    AuditContext.objects.filter(event__number=3).delete()
    assert "3 personal parts are erased, 1 of them of events by and about nobody who was deleted" in run()


def test_what_was_erased_of_somebody_who_is_still_here_is_not_explained(user: User) -> None:
    """Nor is it while their deletion waits for others."""
    DeletionConsumer.objects.create(client_id="elsewhere")
    audit.record(EventType.LOGOUT, Outcome.SUCCESS, actor=Nobody(), origin=audit_trail.HERE, subject=user.pk)
    audit_trail.wait()
    sealing.seal_due()
    AuditContext.objects.all().delete()
    assert "1 personal parts are erased, 1 of them" in run()
    deletion.request(user.pk, actor=audit_trail.OPERATOR, origin=Origin())
    assert "1 personal parts are erased, 1 of them" in run()


def test_heads_come_from_a_file_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or from standard input: they are many."""
    first, second = audit_trail.seal(1, 1)
    told = tmp_path / "heads"
    told.write_text(f"{first.name}\n{second.name}\n")
    assert run_with("--heads", str(told))
    told.write_text(f"{first.name}\n2:{'0' * 64}\n")
    with pytest.raises(CommandError, match=r"^Batch 2 is the first that is wrong: its head is not the one"):
        run_with("--heads", str(told))
    monkeypatch.setattr("sys.stdin", StringIO(f"{first.name}\n1:{'0' * 64}\n"))
    with pytest.raises(CommandError, match=r"^Batch 1 is the first that is wrong: two heads were told for it"):
        run_with("--heads", "-")
    with pytest.raises(CommandError, match="can't be read"):
        run_with("--heads", str(tmp_path / "elsewhere"))
    assert run_with(f"--head={first.name}", f"--head=1:{'0' * 64}", "--restored-at=0")


def test_what_has_not_been_sealed_for_long_is_a_fault() -> None:
    audit_trail.append(1)
    audit_trail.wait(timedelta(hours=1))
    with pytest.raises(CommandError, match=r"^Behind the end: events wait for more than ten minutes to be sealed"):
        run()


@pytest.mark.parametrize("head", ["", "1", "1:", "1:ab", ":" + "0" * 64, "0:" + "0" * 64, "1:" + "g" * 64])
def test_what_is_no_head_is_refused(head: str) -> None:
    for option in ("head", "dropped"):
        with pytest.raises(CommandError, match="is no head"):
            run_with(f"--{option}={head}")


def test_a_head_is_taken_as_it_was_copied() -> None:
    (batch,) = audit_trail.seal(1)
    assert run(f" {batch.name.upper()} ")
