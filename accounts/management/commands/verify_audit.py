"""`manage.py verify_audit`: whether the audit is what was sealed, and which is the first batch that is not."""

import re
import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services.auditing import verification
from accounts.services.auditing.report import Report
from accounts.services.auditing.told import Head, Told

HEAD: Final = re.compile(r"(?P<number>[1-9]\d{0,17}):(?P<head>[0-9a-f]{64})")
NAME: Final = "NUMBER:HEX"


class Command(BaseCommand):
    help = (
        "Checks that no audit event was edited, removed or put elsewhere since it was sealed; exit status 1: one was, "
        "or none was sealed for long."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        told = "as the log told it (`audit_sealed`); also finds an end that was cut off, or a chain written anew"
        parser.add_argument("--head", action="append", default=[], metavar=NAME, help=f"{told}. May be repeated.")
        parser.add_argument("--heads", metavar="FILE", help="a file of such heads, one a line; - is standard input")
        dropped = "as the log told it (`audit_dropped`), best the last one: what went before it was too old"
        parser.add_argument("--dropped", action="append", default=[], metavar=NAME, help=dropped)
        restored = "the last batch of a backup that was restored: behind it, numbers were given once more"
        parser.add_argument("--restored-at", action="append", default=[], type=int, metavar="NUMBER", help=restored)

    def handle(
        self, *, head: list[str], heads: str | None, dropped: list[str], restored_at: list[int], **options: Any
    ) -> None:
        sealed = _parsed(chain(head, _lines_of(heads)))
        report = verification.verify(Told.of(sealed, dropped=[*_parsed(dropped)], restored_at=restored_at))
        self.stdout.write(_summary(report))
        if (fault := report.fault) is not None:
            where = "Behind the end" if fault.batch is None else f"Batch {fault.batch} is the first that is wrong"
            raise CommandError(f"{where}: {fault.what}.")


def _lines_of(file: str | None) -> Iterator[str]:
    if file == "-":
        yield from sys.stdin
    elif file is not None:
        try:
            with Path(file).open(encoding="utf-8", errors="replace") as opened:
                yield from opened
        except OSError as exc:
            raise CommandError(f"The heads can't be read: {exc.strerror}.") from None


def _parsed(lines: Iterable[str]) -> Iterator[Head]:
    for line in lines:
        if (match := HEAD.fullmatch(line.strip().lower())) is None:
            raise CommandError(f"{line!r} is no head; copy it from the log: {NAME}, with 64 digits.")
        yield int(match["number"]), match["head"]


def _summary(report: Report) -> str:
    lines = [f"{report.batches} batches with {report.events} events are what was sealed."]
    if report.begin is not None:
        lines.append(f"Those up to batch {report.begin.number} were dropped (AUTH_AUDIT_RETENTION).")
    if report.kept_since is not None:
        lines.append(f"What was sealed since {report.kept_since:%Y-%m-%d %H:%M:%S} UTC is kept.")
    elif report.fault is None:
        lines.append("Nothing that was sealed is kept.")
    if report.erased.parts:
        lines.append(
            f"{report.erased.parts} personal parts are erased, {report.erased.unexplained} of them of events by and "
            "about nobody who was deleted: where others had typed the address of somebody who was."
        )
    if report.end is not None:
        lines.append(f"The last head is {report.end.name}.")
    if report.unsealed_since is not None:
        lines.append(f"Not sealed yet: what happened since {report.unsealed_since:%Y-%m-%d %H:%M:%S} UTC.")
    return "\n".join(lines)
