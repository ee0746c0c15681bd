"""`manage.py disable_client`: a service client gets no more tokens from now on, and those that it has end."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refusal
from accounts.principals import Origin, System
from accounts.services.clients import clients


class Command(BaseCommand):
    help = "Disables a service client: its tokens end at once, and it gets no others until it is enabled."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client", metavar="CLIENT_ID")

    def handle(self, *, client: str, **options: Any) -> None:
        try:
            changed = clients.change(client, {"is_active": False}, actor=System("disable_client"), origin=Origin())
        except Refusal as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(self.style.SUCCESS(f"{changed} is disabled."))
