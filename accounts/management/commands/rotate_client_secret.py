"""`manage.py rotate_client_secret`: another secret for a service client, beside the one that it has or instead."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refusal
from accounts.principals import Origin, System
from accounts.services.clients import clients

OPERATOR = System("rotate_client_secret")


class Command(BaseCommand):
    help = (
        "Makes another secret for a service client, and prints it. The one before holds, so that the service can be "
        "given the new one without an outage; then `revoke_client_secret` ends it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("client", metavar="CLIENT_ID")
        parser.add_argument(
            "--revoke-others", action="store_true", help="a secret has leaked: all others, and its tokens, end at once"
        )

    def handle(self, *, client: str, revoke_others: bool, **options: Any) -> None:
        make = clients.replace_secrets if revoke_others else clients.add_secret
        try:
            made = make(client, actor=OPERATOR, origin=Origin())
        except Refusal as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(f"CLIENT_ID={made.client.pk}\nCLIENT_SECRET={made.secret}")
