"""What is broken in the audit: its rows, its chain, its lines, its retention."""

from typing import Final

from accounts.tests.mutants.mutant import Mutant

SEALING: Final = "accounts/services/auditing/sealing.py"
VERIFICATION: Final = "accounts/services/auditing/verification.py"
HEADS_TOLD: Final = "accounts/services/auditing/told.py"
PERSONAL: Final = "accounts/services/auditing/personal.py"
WATCHING: Final = "accounts/services/auditing/watching.py"
DROPPING: Final = "accounts/services/auditing/dropping.py"
AUDIT: Final = "accounts/audit.py"
AUDIT_MODELS: Final = "accounts/models/audit.py"
BATCHES: Final = "accounts/models/audit_batches.py"
ERASURE: Final = "accounts/services/deleting/erasure.py"
SEALED: Final = "accounts/tests/services/auditing/test_sealing.py"
VERIFIED: Final = "accounts/tests/services/auditing/test_verification.py"
AGAINST_THE_LOG: Final = "accounts/tests/services/auditing/test_told.py"
COMMANDED: Final = "accounts/tests/test_verify_audit.py"
WATCHED: Final = "accounts/tests/services/auditing/test_watching.py"
ERASED: Final = "accounts/tests/services/test_erased_audit.py"
DROPPED: Final = "accounts/tests/services/auditing/test_dropping.py"
TOLD: Final = "accounts/tests/test_audit.py"
EVERY: Final = "accounts/tests/services/test_every_event.py"
LISTED: Final = "accounts/tests/rest/test_audit_events.py"

FOR_AUDIT: Final = (
    Mutant("the data of events is not sealed", BATCHES, "        event.data,\n", "        {},\n", VERIFIED),
    Mutant("the personal part is not sealed", BATCHES, "        event.commitment,\n", '        "",\n', VERIFIED),
    Mutant("a head does not hang on the one before", VERIFICATION, "(batch.first_row, batch.previous_head) != (report.next_row, previous_head)", "batch.first_row != report.next_row", VERIFIED),
    Mutant("heads are not compared", VERIFICATION, "    if batch.head_over(events) != batch.head:", "    if not events:", VERIFIED),
    Mutant("what is personal is not compared", PERSONAL, "(event.context.commitment, event.context.subject) == (event.commitment, event.subject)", "event.context.subject == event.subject", VERIFIED),
    Mutant("whose it is is not compared", PERSONAL, "(event.context.commitment, event.context.subject) == (event.commitment, event.subject)", "event.context.commitment == event.commitment", VERIFIED),
    Mutant("whatever is erased is explained", PERSONAL, "deleted.isdisjoint(_people_of(event))", "not deleted.isdisjoint(_people_of(event))", COMMANDED),
    Mutant("a deletion under way explains it", PERSONAL, ", completed_at__isnull=False)", ")", COMMANDED),
    Mutant("who did it does not explain it", PERSONAL, "        return people | {UUID(event.actor)}\n", "        return people\n", COMMANDED),
    Mutant("told heads are not compared", HEADS_TOLD, "        if heads and batch.head not in heads:", "        if not batch.head:", VERIFIED),
    Mutant("a cut end goes unnoticed", HEADS_TOLD, "if number > last and len(heads)", "if number > last + 1 and len(heads)", VERIFIED),
    Mutant("the later of two heads wins", HEADS_TOLD, "heads[number] = (*known, head)", "heads[number] = (head,)", AGAINST_THE_LOG),
    Mutant("any number may be told twice", HEADS_TOLD, "<= 1 + self._lost(number):", "<= 2 + self._lost(number):", AGAINST_THE_LOG),
    Mutant("a restored backup excuses what it had", HEADS_TOLD, "sum(at < number for", "sum(at <= number for", AGAINST_THE_LOG),
    Mutant("a restored backup excuses whatever is missing", HEADS_TOLD, "len(heads) > self._lost(number))", "not self._lost(number))", AGAINST_THE_LOG),
    Mutant("a beginning that was cut off goes unnoticed", HEADS_TOLD, "if self.dropped < number <= last:", "if self.dropped < number < 0:", AGAINST_THE_LOG),
    Mutant("the last of what was cut off goes unnoticed", HEADS_TOLD, "if self.dropped < number <= last:", "if self.dropped < number < last:", AGAINST_THE_LOG),
    Mutant("what was dropped has no excuse", HEADS_TOLD, "max((number for number, _ in dropped), default=0)", "0", AGAINST_THE_LOG),
    Mutant("young batches may be said to be dropped", VERIFICATION, "bool(age < auth_settings.audit_retention)", "False", VERIFIED),
    Mutant("with zero batches may be said to be dropped", VERIFICATION, "not auth_settings.audit_retention or bool(age", "bool(age", AGAINST_THE_LOG),
    Mutant("the log does not excuse what was dropped", VERIFICATION, "if begin.number > told.dropped and _is_to_be_kept", "if _is_to_be_kept", AGAINST_THE_LOG),
    Mutant("what waits for long is no fault", VERIFICATION, "    if now - oldest[0] <= LATE:", "    if now:", AGAINST_THE_LOG),
    Mutant("a lost end is told nobody", WATCHING, ".filter(number=seen.number, head=seen.head)", "", WATCHED),
    Mutant("an end that was sealed again is as good", WATCHING, "(number=seen.number, head=seen.head)", "(number=seen.number)", WATCHED),
    Mutant("the level silences the audit", "authservice/logs.py", ', "accounts.audit": {"level": "INFO"}', "", "authservice/tests/test_logs.py"),
    Mutant("events beyond the end go unnoticed", VERIFICATION, "    if beyond.exists() and not", "    if not beyond.exists() and not", VERIFIED),
    Mutant("events before the beginning go unnoticed", VERIFICATION, "    if AuditEvent.objects.filter(number__lt=report.next_row).exists():", "    if AuditEvent.objects.filter(number__lt=-9).exists():", VERIFIED),
    Mutant("events taken out go unnoticed", VERIFICATION, "if late.exists() else None", "if not late else None", VERIFIED),
    Mutant("what is dropped meanwhile is a fault", VERIFICATION, "    while _has_moved(report):", "    while False:", VERIFIED),
    Mutant("a batch does not wait for others", SEALING, "first[0][1] - first[0][0] >= SEALED_AFTER", "first[0][1] >= first[0][0]", SEALED),
    Mutant("two seal at once", SEALING, "    if not hold_if_free(Lock.AUDIT):\n        return 0\n", "", "accounts/tests/races/test_sealing.py", "postgresql"),
    Mutant("the youngest batches are dropped", DROPPING, "first.now - first.sealed_at < auth_settings.audit_retention", "first.now - first.sealed_at > auth_settings.audit_retention", DROPPED),
    Mutant("the head before goes with its events", DROPPING, "    AuditBatch.objects.filter(number__lt=first.number).delete()", "    AuditBatch.objects.filter(number__lte=first.number).delete()", DROPPED),
    Mutant("zero keeps nothing", DROPPING, "    while auth_settings.audit_retention and (done", "    while (done", DROPPED),
    Mutant("events of before are passed over", "accounts/migrations/0011_audit_commitments.py", "behind = events[-1].pk", "behind = events[-1].pk + 1", "accounts/tests/services/auditing/test_migrating.py"),
    Mutant("commitments are not salted", AUDIT_MODELS, "sha256(salt + _encode(", "sha256(_encode(", TOLD),
    Mutant("typed addresses are not committed to", AUDIT_MODELS, "_encode([spelt, user_agent, email, request_id])", "_encode([spelt, user_agent, None, request_id])", VERIFIED),
    Mutant("addresses that others typed stay", ERASURE, "        _forget_addresses(user)\n", "", ERASED),
    Mutant("addresses of before stay", ERASURE, "    theirs = {user.email, *told.values_list(\"email\", flat=True)}\n", "    theirs = {user.email} if told else {user.email}\n", ERASED),
    Mutant("addresses that are another's by now go", ERASURE, "theirs.difference(taken)", "theirs.union(taken)", ERASED),
    Mutant("what was refused counts as an address of theirs", ERASURE, "type__in=TELLING_ADDRESSES, outcome=Outcome.SUCCESS)", "type__in=TELLING_ADDRESSES)", ERASED),
    Mutant("of a filter given twice the last one wins", "accounts/rest/pagination.py", "if len(values) > 1)", "if len(values) > 2)", LISTED),
    Mutant("a reached limit is told nobody", AUDIT, "        tell(event_type, Outcome.FAILURE, actor=actor, subject=subject, session=session, reason=refusal.code)\n", "        _ = refusal\n", "accounts/tests/services/test_told_limits.py"),
    Mutant("exports leave no row", "accounts/services/exporting.py", "    audit.record(event, Outcome.SUCCESS, actor=actor, origin=origin, subject=user.pk, session=session_id)\n", "", EVERY),
    Mutant("refused permissions are told nobody", "accounts/services/authorisation.py", "        _tell(actor, wish, PermissionDenied.code)\n", "", EVERY),
    Mutant("passwords are told", "accounts/services/confirmation.py", "            _record_failure(purpose, actor, origin)\n", "            _record_failure(purpose, actor, origin)\n            audit.tell(purpose, Outcome.FAILURE, actor=actor, tried=password)\n", EVERY),
    Mutant("the audit is open to whoever sees users", "accounts/policy.py", '    Action.READ_AUDIT: "accounts.view_auditevent",', '    Action.READ_AUDIT: "accounts.view_user",', LISTED),
    Mutant("a misspelt filter is passed over", "accounts/rest/pagination.py", "if name not in OF_PAGES}", "if name in {'subject', 'actor', 'type'}}", LISTED),
    Mutant("consoles obey what strangers send", "authservice/logs.py", "[_show_control_characters, plain]", "[plain]", "authservice/tests/test_logs.py"),
)  # fmt: skip
