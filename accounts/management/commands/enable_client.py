"""`manage.py enable_client`: a disabled service client may sign in again, with the secrets that it had."""

from typing import Any

from accounts.management.client_command import ClientCommand
from accounts.principals import Origin, System
from accounts.services.clients import clients


class Command(ClientCommand):
    help = "Enables a disabled service client. Tokens that were ended stay ended."

    def act(self, client_id: str, **options: Any) -> str:
        changed = clients.change(client_id, {"is_active": True}, actor=System("enable_client"), origin=Origin())
        return f"{changed} may sign in."
