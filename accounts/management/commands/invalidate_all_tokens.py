"""`manage.py invalidate_all_tokens`: after a restored backup, before the service starts."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.principals import System
from accounts.services import invalidation


class Command(BaseCommand):
    help = "Ends every session, and every service client's tokens. Everybody signs in anew; clients get new tokens."

    def handle(self, **options: Any) -> None:
        ended = invalidation.invalidate_all_tokens(actor=System("invalidate_all_tokens"))
        self.stdout.write(
            self.style.SUCCESS(f"{ended.sessions} sessions ended, and the tokens of {ended.clients} service clients.")
        )
