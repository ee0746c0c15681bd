"""`manage.py suspend_user`: somebody may not come in from now on, anywhere."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import InvalidInput, Refusal
from accounts.management import moments
from accounts.principals import Origin, System
from accounts.services import fields, people, suspension


class Command(BaseCommand):
    help = "Suspends a user: signed out everywhere at once, and not let in until reinstated."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", metavar="EMAIL_OR_ID")
        parser.add_argument("--reason", default="", help="for the history; the user is not told")
        parser.add_argument("--until", help="when the worker lets them in again, such as 2030-01-31T08:00:00Z")

    def handle(self, *, user: str, reason: str, until: str | None, **options: Any) -> None:
        try:
            suspended = suspension.suspend(
                people.get(user).pk,
                reason=_line(reason),
                until=None if until is None else moments.read(until, option="--until"),
                actor=System("suspend_user"),
                origin=Origin(),
            )
        except InvalidInput as refusal:
            raise CommandError(" ".join(f"--{error.field}: {error.detail}" for error in refusal.errors)) from None
        except Refusal as refusal:
            raise CommandError(refusal.detail) from None
        end = f" until {until}" if until else ""
        self.stdout.write(self.style.SUCCESS(f"{suspended.email} ({suspended.pk}) is suspended{end}."))


def _line(reason: str) -> str:
    """None is needed here; one that is given fits as at the other doors."""
    return str(fields.checked({"reason": reason}, reason=fields.reason)["reason"]) if reason else ""
