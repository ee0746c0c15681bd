"""What the pages of service clients tell: a row of the list, and what stands beside the form."""

from typing import Any, Final

from accounts.admin import cells
from accounts.models import ClientSecret, ServiceClient
from accounts.services.clients import client_secrets

HEADERS: Final = ["Name", "State", "Scopes", "Personal data", "Live secrets", "Made", "Id"]
SECRET_HEADERS: Final = ["Made", "Last used", "Key", "Id", ""]


def row(client: ServiceClient, url: str) -> list[Any]:
    return [
        cells.link(url, client.name),
        state(client),
        cells.mono(" ".join(client.scopes) or cells.NOTHING),
        cells.yes(client.holds_personal_data),
        len(client.live_secrets),
        cells.moment(client.created_at),
        cells.mono(client.pk),
    ]


def facts(client: ServiceClient) -> list[tuple[str, Any]]:
    return [
        ("State", state(client)),
        ("Client id", cells.mono(client.pk)),
        ("Made", cells.moment(client.created_at)),
    ]


def secret_row(secret: ClientSecret, revoke_url: str | None) -> list[Any]:
    is_readable = client_secrets.is_under_present_key(secret.digest)
    return [
        cells.moment(secret.created_at),
        cells.moment(secret.last_used_at),
        "Present" if is_readable else cells.label("An older one", "warning"),
        cells.mono(secret.pk),
        cells.link(revoke_url, "Revoke") if revoke_url else "",
    ]


def state(client: ServiceClient) -> str:
    return cells.label("Active", "success") if client.is_active else cells.label("Disabled", "danger")
