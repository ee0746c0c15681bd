"""`manage.py change_client`: another name, other scopes for a service client, or whether deletions wait for it."""

from argparse import BooleanOptionalAction
from typing import Any, Final

from django.core.management.base import CommandError, CommandParser

from accounts.errors import InvalidInput
from accounts.management.client_command import ClientCommand
from accounts.principals import Origin, System
from accounts.services import fields
from accounts.services.clients import clients

FIELDS: Final = {"name": "name", "scope": "scopes", "holds_personal_data": "holds_personal_data"}
"""By option."""


class Command(ClientCommand):
    help = "Changes a service client; what is not given stays. Taking a scope away ends its tokens at once."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--name", help="what it is, for people")
        scopes = parser.add_mutually_exclusive_group()
        scopes.add_argument("--scope", action="append", help="repeat it for more; these instead of those that it has")
        scopes.add_argument("--no-scopes", dest="scope", action="store_const", const=[], help="takes all away")
        parser.add_argument(
            "--holds-personal-data", action=BooleanOptionalAction, help="whether deletions wait until it acknowledges"
        )

    def act(self, client_id: str, **options: Any) -> str:
        given = {option: options[option] for option in FIELDS if options[option] is not None}
        changes = {FIELDS[option]: value for option, value in _checked(given).items()}
        changed = clients.change(client_id, changes, actor=System("change_client"), origin=Origin())
        return f"{changed} is changed." if changes else f"{changed}: nothing was to be changed."


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    rules: dict[str, fields.Rule] = {"name": fields.client_name, "scope": fields.scopes, "holds_personal_data": bool}
    try:
        return fields.checked(given, **rules)
    except InvalidInput as refusal:
        raise CommandError(" ".join(f"--{e.field}: {e.detail}" for e in refusal.errors)) from None
