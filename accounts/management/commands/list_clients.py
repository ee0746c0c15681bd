"""`manage.py list_clients`: which service clients there are, and what is known of their secrets."""

from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import ClientSecret, ServiceClient
from accounts.principals import System
from accounts.services.clients import client_secrets, clients


class Command(BaseCommand):
    help = "Lists the service clients, the oldest first, each with its scopes and its live secrets."

    def handle(self, **options: Any) -> None:
        for client in clients.listed(actor=System("list_clients")).order_by("created_at", "pk"):
            self.stdout.write(_line(client))
            for secret in client.live_secrets:
                self.stdout.write(_secret_line(secret))


def _line(client: ServiceClient) -> str:
    marks = [] if client.is_active else ["disabled"]
    marks += ["holds personal data"] if client.holds_personal_data else []
    return ": ".join([str(client), ", ".join([*marks, *client.scopes]) or "no scopes"])


def _secret_line(secret: ClientSecret) -> str:
    used = f"last used {_moment(secret.last_used_at)}" if secret.last_used_at else "never used"
    needs = "" if client_secrets.is_under_present_key(secret.digest) else ", under a fallback of SECRET_KEY"
    return f"  secret {secret.pk}, made {_moment(secret.created_at)}, {used}{needs}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
