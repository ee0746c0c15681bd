"""What is broken in the audit: its rows, its chain, its lines, its retention."""

from typing import Final

from accounts.tests.mutants.mutant import Mutant

SEALING: Final = "accounts/services/auditing/sealing.py"
VERIFICATION: Final = "accounts/services/auditing/verification.py"
DROPPING: Final = "accounts/services/auditing/dropping.py"
AUDIT: Final = "accounts/audit.py"
AUDIT_MODELS: Final = "accounts/models/audit.py"
BATCHES: Final = "accounts/models/audit_batches.py"
ERASURE: Final = "accounts/services/deleting/erasure.py"
SEALED: Final = "accounts/tests/services/auditing/test_sealing.py"
VERIFIED: Final = "accounts/tests/services/auditing/test_verification.py"
DROPPED: Final = "accounts/tests/services/auditing/test_dropping.py"
TOLD: Final = "accounts/tests/test_audit.py"
EVERY: Final = "accounts/tests/services/test_every_event.py"
LISTED: Final = "accounts/tests/rest/test_audit_events.py"

FOR_AUDIT: Final = (
    Mutant("the data of events is not sealed", BATCHES, "        event.data,\n", "        {},\n", VERIFIED),
    Mutant("the personal part is not sealed", BATCHES, "        event.commitment,\n", '        "",\n', VERIFIED),
    Mutant("a head does not hang on the one before", VERIFICATION, "(batch.first_row, batch.previous_head) != (report.next_row, previous_head)", "batch.first_row != report.next_row", VERIFIED),
    Mutant("heads are not compared", VERIFICATION, "    if batch.head_over(events) != batch.head:", "    if not events:", VERIFIED),
    Mutant("what is personal is not compared", VERIFICATION, "        return event.context.commitment == event.commitment\n", "        return bool(event.context)\n", VERIFIED),
    Mutant("told heads are not compared", VERIFICATION, "    if heads.get(batch.number, batch.head) == batch.head:", "    if batch.head:", VERIFIED),
    Mutant("a cut end goes unnoticed", VERIFICATION, "    if cut := sorted(number for number in heads if number >= report.next_batch):", "    if cut := sorted(number for number in heads if number > report.next_batch):", VERIFIED),
    Mutant("events beyond the end go unnoticed", VERIFICATION, "    if beyond.exists() and not", "    if not beyond.exists() and not", VERIFIED),
    Mutant("events before the beginning go unnoticed", VERIFICATION, "    if AuditEvent.objects.filter(number__lt=report.next_row).exists():", "    if AuditEvent.objects.filter(number__lt=-9).exists():", VERIFIED),
    Mutant("events taken out go unnoticed", VERIFICATION, "if late.exists() else None", "if not late else None", VERIFIED),
    Mutant("what is dropped meanwhile is a fault", VERIFICATION, "    while _has_moved(report):", "    while False:", VERIFIED),
    Mutant("a batch does not wait for others", SEALING, "first[0][1] - first[0][0] >= SEALED_AFTER", "first[0][1] >= first[0][0]", SEALED),
    Mutant("two seal at once", SEALING, "    if not hold_if_free(Lock.AUDIT):\n        return 0\n", "", "accounts/tests/races/test_sealing.py", "postgresql"),
    Mutant("the youngest batches are dropped", DROPPING, "first.now - first.sealed_at < auth_settings.audit_retention", "first.now - first.sealed_at > auth_settings.audit_retention", DROPPED),
    Mutant("the head before goes with its events", DROPPING, "    AuditBatch.objects.filter(number__lt=first.number).delete()", "    AuditBatch.objects.filter(number__lte=first.number).delete()", DROPPED),
    Mutant("zero keeps nothing", DROPPING, "    while auth_settings.audit_retention and (done", "    while (done", DROPPED),
    Mutant("commitments are not salted", AUDIT_MODELS, "sha256(salt + _encode(", "sha256(_encode(", TOLD),
    Mutant("typed addresses are not committed to", AUDIT_MODELS, "_encode([spelt, user_agent, email, request_id])", "_encode([spelt, user_agent, None, request_id])", VERIFIED),
    Mutant("addresses that others typed stay", ERASURE, "        AuditContext.objects.filter(email=user.email).delete()  # others may have typed it, too\n", "", "accounts/tests/services/test_erased_audit.py"),
    Mutant("a reached limit is told nobody", AUDIT, "        tell(event_type, Outcome.FAILURE, actor=actor, subject=subject, session=session, reason=refusal.code)\n", "        _ = refusal\n", "accounts/tests/services/test_told_limits.py"),
    Mutant("exports leave no row", "accounts/services/exporting.py", "    audit.record(event, Outcome.SUCCESS, actor=actor, origin=origin, subject=user.pk, session=session_id)\n", "", EVERY),
    Mutant("refused permissions are told nobody", "accounts/services/authorisation.py", "        _tell(actor, wish, PermissionDenied.code)\n", "", EVERY),
    Mutant("passwords are told", "accounts/services/confirmation.py", "            _record_failure(purpose, actor, origin)\n", "            _record_failure(purpose, actor, origin)\n            audit.tell(purpose, Outcome.FAILURE, actor=actor, tried=password)\n", EVERY),
    Mutant("the audit is open to whoever sees users", "accounts/policy.py", '    Action.READ_AUDIT: "accounts.view_auditevent",', '    Action.READ_AUDIT: "accounts.view_user",', LISTED),
    Mutant("a misspelt filter is passed over", "accounts/rest/views/audit.py", "if name not in OF_PAGES}", "if name in AuditEventQuery().fields}", LISTED),
    Mutant("consoles obey what strangers send", "authservice/logs.py", "[_show_control_characters, plain]", "[plain]", "authservice/tests/test_logs.py"),
)  # fmt: skip
