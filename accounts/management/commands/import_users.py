"""`manage.py import_users`: takes people over from elsewhere, with the hashes of their passwords."""

from collections import Counter
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from accounts import clock
from accounts.principals import System
from accounts.services.importing import importing
from accounts.services.importing.importing import Batch

ACTOR: Final = System("import_users")
REFUSED: Final = 3
"""The exit status where all was read, and some lines were refused. 1: it stopped, and is to be begun anew."""

PROGRESS_EVERY_SECONDS: Final = 2.0


class Command(BaseCommand):
    help = "Takes people over from a file, a JSON object a line; repeating does no harm. docs/importing.md has more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.jsonl", help="/dev/stdin is one, too")

    def handle(self, *, file: Path, **options: Any) -> None:
        self._counts: Counter[str] = Counter()
        self._hashes: Counter[str] = Counter()
        self._line, self._told_at = 0, clock.now()
        try:
            with file.open("rb") as opened:
                for batch in importing.import_users(opened, actor=ACTOR):
                    self._take(batch)
        except OSError as exc:
            raise CommandError(f"The file can't be read: {exc.strerror}.") from None
        except (DatabaseError, KeyboardInterrupt) as exc:
            raise CommandError(
                f"Stopped behind line {self._line} ({type(exc).__name__}); {self._summary()}. Begin anew to go on."
            ) from None
        self._finish()

    def _take(self, batch: Batch) -> None:
        self._line = batch.last_line
        self._hashes += batch.hashes
        self._counts.update(imported=batch.imported, present=batch.present, refused=len(batch.refused))
        for refused in batch.refused:
            why = ", ".join(f"{error.field}: {error.code}".removeprefix(": ") for error in refused.errors)
            self.stdout.write(f"line {refused.line}: {why}")
        if clock.now() - self._told_at >= PROGRESS_EVERY_SECONDS:
            self._told_at = clock.now()
            self.stderr.write(f"line {self._line:,}: {self._summary()}", self.style.NOTICE)

    def _summary(self) -> str:
        counts = self._counts
        return f"{counts['imported']:,} imported, {counts['present']:,} there already, {counts['refused']:,} refused"

    def _finish(self) -> None:
        self.stdout.write(f"{self._summary()}.")
        for algorithm, count in sorted(self._hashes.items()):
            self.stdout.write(
                f"  {count:,} with a hash of {algorithm}" if algorithm != "none" else f"  {count:,} without"
            )
        if self._counts["refused"]:
            raise CommandError(f"{self._counts['refused']:,} lines were refused.", returncode=REFUSED)
