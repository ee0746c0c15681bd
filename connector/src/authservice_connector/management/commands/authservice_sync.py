"""`manage.py authservice_sync`: everybody who is mirrored is looked up anew."""

import time
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.core.management.base import BaseCommand, CommandError, CommandParser

from authservice_connector import adoption
from authservice_connector.adoption import Decision
from authservice_connector.conf import connector_settings
from authservice_connector.current import connection
from authservice_connector.errors import CannotTell
from authservice_connector.mirroring import Mirroring

PATIENCE_SECONDS: Final = 60.0
SLICE_SECONDS: Final = 0.5


class Command(BaseCommand):
    help = (
        "Looks everybody up anew who is mirrored here, whatever version is here. "
        "With --adopt-by-email, rows that were here before the auth service become those of the people with the same "
        "verified address, once: their local passwords go. Look at --dry-run first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--adopt-by-email", action="store_true", help="link rows of before; what is unclear is refused"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what --adopt-by-email would do, and do nothing")

    def handle(self, *, adopt_by_email: bool, dry_run: bool, **options: Any) -> None:
        if dry_run and not adopt_by_email:
            raise CommandError("--dry-run goes with --adopt-by-email.")
        if not dry_run:
            self._sync()
        if adopt_by_email:
            try:
                self._adopt(dry_run=dry_run)
            except FieldDoesNotExist:
                raise CommandError("The user model has no address to go by.") from None

    def _sync(self) -> None:
        if (mirroring := connection().mirroring) is None:
            raise CommandError("AUTHSERVICE needs CLIENT_ID and CLIENT_SECRET: a service client looks people up.")
        mirroring.resync()
        try:
            behind = _waited_for(mirroring)
        except CannotTell as exc:
            raise CommandError(f"{exc} What is left is done as soon as it can be.") from None
        if behind is None:
            raise CommandError("Another process has the mirror and does not come to it; is it well?")
        if behind:
            raise CommandError(f"{behind} people are not up to date; the log says why. They are tried again.")
        self.stdout.write(self.style.SUCCESS("Everybody who is mirrored here is up to date."))

    def _adopt(self, *, dry_run: bool) -> None:
        adopted = refused = 0
        for decision in list(adoption.decisions(connector_settings.issuer)):
            done = decision if dry_run or decision.refusal else adoption.adopt(decision)
            adopted, refused = adopted + (not done.refusal), refused + bool(done.refusal)
            self.stdout.write(_sentence(done))
        told = "would be adopted, nothing was done" if dry_run else "adopted"
        self.stdout.write(f"{adopted} {told}; {refused} refused.")


def _waited_for(mirroring: Mirroring) -> int | None:
    """Whoever holds the mirror does it; that may be another process, which is waited for while it gets on."""
    seen, deadline = mirroring.count_behind(), time.monotonic() + PATIENCE_SECONDS
    while not mirroring.turn() and (behind := mirroring.count_behind()) != 0:
        if behind != seen:
            seen, deadline = behind, time.monotonic() + PATIENCE_SECONDS
        elif time.monotonic() >= deadline:
            break
        time.sleep(SLICE_SECONDS)
    return mirroring.count_behind()


def _sentence(decision: Decision) -> str:
    """By keys alone: what is printed is kept by terminals and logs."""
    who = f"{decision.remote.subject}: row {decision.local.pk}"
    if decision.refusal:
        return f"refused  {who}: {decision.refusal}"
    stays = f"; their row of first sight stays, emptied, for {decision.kept_by}" if decision.kept_by else ""
    return f"adopted  {who}, whose local password goes{stays}"
