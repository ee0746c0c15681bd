"""`manage.py delete_client`: a service client is gone for good, and no deletion waits for it."""

from typing import Any

from accounts.management.client_command import ClientCommand
from accounts.principals import Origin, System
from accounts.services.clients import clients


class Command(ClientCommand):
    help = "Removes a service client with its secrets: its tokens end at once, and no deletion waits for it any more."

    def act(self, client_id: str, **options: Any) -> str:
        clients.remove(client_id, actor=System("delete_client"), origin=Origin())
        return f"{client_id} is removed."
