"""`manage.py reinstate_user`: somebody who was suspended may sign in again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import InvalidInput, Refusal
from accounts.principals import Origin, System
from accounts.services import people, suspension


class Command(BaseCommand):
    help = "Lets a suspended user sign in again; sessions that were ended stay ended."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", metavar="EMAIL_OR_ID")

    def handle(self, *, user: str, **options: Any) -> None:
        actor = System("reinstate_user")
        try:
            reinstated = suspension.reinstate(people.get(user).pk, actor=actor, origin=Origin())
        except InvalidInput as refusal:
            raise CommandError(" ".join(error.detail for error in refusal.errors)) from None
        except Refusal as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(self.style.SUCCESS(f"{reinstated.email} ({reinstated.pk}) may sign in."))
