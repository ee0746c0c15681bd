"""`manage.py disable_client`: a service client gets no more tokens from now on, and those that it has end."""

from typing import Any

from accounts.management.client_command import ClientCommand
from accounts.principals import Origin, System
from accounts.services.clients import clients


class Command(ClientCommand):
    help = "Disables a service client: its tokens end at once, and it gets no others until it is enabled."

    def act(self, client_id: str, **options: Any) -> str:
        changed = clients.change(client_id, {"is_active": False}, actor=System("disable_client"), origin=Origin())
        return f"{changed} is disabled."
