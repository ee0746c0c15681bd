"""`manage.py verify_audit`: whether the audit is what was sealed, and which is the first batch that is not."""

import re
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services.auditing import verification
from accounts.services.auditing.verification import Report

HEAD: Final = re.compile(r"(?P<number>[1-9]\d{0,17}):(?P<head>[0-9a-f]{64})")


class Command(BaseCommand):
    help = (
        "Checks that no audit event was edited, removed or put elsewhere since it was sealed; exit status 1: one was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head",
            action="append",
            default=[],
            metavar="NUMBER:HEX",
            help="as the log told it (`audit_sealed`); also finds an end that was cut off, or a chain written anew. "
            "May be repeated.",
        )

    def handle(self, *, head: list[str], **options: Any) -> None:
        heads = dict(map(_parsed, head))
        report = verification.verify(heads)
        self.stdout.write(_summary(report))
        for number in sorted(number for number in heads if report.begin and number < report.begin.number):
            self.stdout.write(f"The head of batch {number} can't be checked: the batch was dropped.")
        if (fault := report.fault) is not None:
            where = "Behind the end" if fault.batch is None else f"Batch {fault.batch} is the first that is wrong"
            raise CommandError(f"{where}: {fault.what}.")
        if report.unsealed_since is not None:
            self.stdout.write(f"Not sealed yet: what happened since {report.unsealed_since:%Y-%m-%d %H:%M:%S} UTC.")


def _parsed(text: str) -> tuple[int, str]:
    if (match := HEAD.fullmatch(text.strip().lower())) is None:
        raise CommandError(f"{text!r} is no head; copy it from the log: NUMBER:HEX, with 64 digits.")
    return int(match["number"]), match["head"]


def _summary(report: Report) -> str:
    lines = [f"{report.batches} batches with {report.events} events are what was sealed."]
    if report.begin is not None:
        lines.append(f"Those up to batch {report.begin.number} were dropped (AUTH_AUDIT_RETENTION).")
    if report.end is not None:
        lines.append(f"The last head is {report.end.name}.")
    return "\n".join(lines)
