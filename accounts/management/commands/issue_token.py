"""`manage.py issue_token`: an access token of the demo user, for trying things out; embedded mode only."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.errors import Refusal
from accounts.principals import Origin
from accounts.services import demo
from accounts.services.sign_in import SignedIn


class Command(BaseCommand):
    help = "Prints an access token of the demo user, who is made if need be; embedded mode only."

    def handle(self, **options: Any) -> None:
        try:
            outcome = demo.sign_in_as_demo(Origin(user_agent="manage.py issue_token"))
        except Refusal as refusal:
            raise CommandError(refusal.detail) from None
        if not isinstance(outcome, SignedIn):
            raise CommandError("The demo user has a second factor; sign in by hand.")
        self.stdout.write(outcome.tokens.access)
