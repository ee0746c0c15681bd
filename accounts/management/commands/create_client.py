"""`manage.py create_client`: another program may sign in from now on, by a secret of its own."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import InvalidInput
from accounts.models import Scope
from accounts.principals import Origin, System
from accounts.services import fields
from accounts.services.clients import clients


class Command(BaseCommand):
    help = (
        "Makes a service client, and prints its id and its secret, which is shown this once, as lines of an .env file."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="what it is, for people")
        heeded = ", ".join(Scope)
        parser.add_argument("--scope", action="append", default=[], help=f"repeat it for more; heeded here: {heeded}")
        parser.add_argument("--holds-personal-data", action="store_true", help="deletions wait until it acknowledges")

    def handle(self, *, name: str, scope: list[str], holds_personal_data: bool, **options: Any) -> None:
        try:
            given = fields.checked({"name": name, "scope": scope}, name=fields.client_name, scope=fields.scopes)
        except InvalidInput as refusal:
            options_of = {"name": "NAME", "scope": "--scope"}
            raise CommandError(" ".join(f"{options_of[e.field]}: {e.detail}" for e in refusal.errors)) from None
        made = clients.create(
            name=given["name"],
            scopes=given["scope"],
            holds_personal_data=holds_personal_data,
            actor=System("create_client"),
            origin=Origin(),
        )
        self.stdout.write(f"CLIENT_ID={made.client.pk}\nCLIENT_SECRET={made.secret}")
