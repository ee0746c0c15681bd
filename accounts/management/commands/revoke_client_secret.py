"""`manage.py revoke_client_secret`: nobody signs in with this secret any more."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import NotFound, Refusal
from accounts.principals import Origin, System
from accounts.services import fields
from accounts.services.clients import clients


class Command(BaseCommand):
    help = "Revokes one secret of a service client. Tokens that it brought go on until they expire."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client", metavar="CLIENT_ID")
        parser.add_argument("secret", metavar="SECRET_ID", help="its id, as `list_clients` shows it")

    def handle(self, *, client: str, secret: str, **options: Any) -> None:
        secret_id = _id(secret)
        try:
            clients.revoke_secret(client, secret_id, actor=System("revoke_client_secret"), origin=Origin())
        except Refusal as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(self.style.SUCCESS(f"{secret_id} is revoked."))


def _id(text: str) -> UUID:
    try:
        return fields.canonical_id(text.lower())
    except NotFound:
        raise CommandError("There is no such secret; `list_clients` shows their ids.") from None
