"""`manage.py expire_user`: until when somebody may come in."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.errors import Refusal
from accounts.management import moments
from accounts.models import User
from accounts.principals import Origin, System
from accounts.services import expiry, people


class Command(BaseCommand):
    help = "Sets when an account ends: its owner is suspended then, and let in again by a later end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", metavar="EMAIL_OR_ID")
        when = parser.add_mutually_exclusive_group(required=True)
        when.add_argument("--at", help="when, such as 2030-01-31T08:00:00Z")
        when.add_argument("--never", action="store_true", help="the account has no end")

    def handle(self, *, user: str, at: str | None, **options: Any) -> None:
        end = None if at is None else moments.read(at, option="--at")
        try:
            changed = expiry.set_expiry(people.get(user).pk, end, actor=System("expire_user"), origin=Origin())
        except Refusal as refusal:
            raise CommandError(refusal.detail) from None
        self.stdout.write(self.style.SUCCESS(f"{changed.email} ({changed.pk}) {_state(changed, end)}."))


def _state(user: User, end: datetime | None) -> str:
    told = "has no end" if end is None else f"ends at {end:%Y-%m-%dT%H:%M:%SZ}"
    return told if user.is_active else f"{told}, and is suspended"
