"""`manage.py ensure_keys`: makes the first signing keys before the first request asks for them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import KeysUnreadable
from accounts.services.signing_keys import keys


class Command(BaseCommand):
    help = "Makes the first signing keys, once; does nothing when they exist."

    def handle(self, **options: Any) -> None:
        try:
            keys.get_ready()
        except KeysUnreadable as refusal:
            raise CommandError(refusal.detail) from None
