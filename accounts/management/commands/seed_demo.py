"""`manage.py seed_demo`: the user of the start page; embedded mode only."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import Refusal
from accounts.principals import Origin
from accounts.services import demo


class Command(BaseCommand):
    help = "Makes the demo user, once; embedded mode only."

    def handle(self, **options: Any) -> None:
        try:
            user = demo.seed(Origin())
        except Refusal as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(f"{user.email} signs in with: {demo.PASSWORD}")
