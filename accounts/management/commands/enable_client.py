"""`manage.py enable_client`: a disabled service client may sign in again, with the secrets that it had."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refusal
from accounts.principals import Origin, System
from accounts.services.clients import clients


class Command(BaseCommand):
    help = "Enables a disabled service client. Tokens that were ended stay ended."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client", metavar="CLIENT_ID")

    def handle(self, *, client: str, **options: Any) -> None:
        try:
            changed = clients.change(client, {"is_active": True}, actor=System("enable_client"), origin=Origin())
        except Refusal as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(self.style.SUCCESS(f"{changed} may sign in."))
