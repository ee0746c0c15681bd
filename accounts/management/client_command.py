"""What the commands about one service client have in common: its id, and refusals in the words of the services."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refusal


class ClientCommand(BaseCommand):
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client", metavar="CLIENT_ID")

    def handle(self, *, client: str, **options: Any) -> None:
        try:
            done = self.act(client, **options)
        except Refusal as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(self.style.SUCCESS(done))

    def act(self, client_id: str, **options: Any) -> str:
        """What to say when it is done."""
        raise NotImplementedError
