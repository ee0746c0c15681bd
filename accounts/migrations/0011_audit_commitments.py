"""Puts what is personal in an event together, where the event commits to it.

Apart from 0010: its new columns keep readers out until its transaction ends, and this takes a while.
"""

import json
import secrets
from hashlib import sha256
from ipaddress import ip_address
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q

BATCH = 1000


def commit_to_personal_parts(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What requests were called joins them, because a client may have chosen it; each gets a salt of its own."""
    event_model = apps.get_model("accounts", "AuditEvent")
    personal = event_model.objects.filter(Q(context__isnull=False) | ~Q(request_id="")).order_by("pk")
    behind = 0
    while events := list(personal.filter(pk__gt=behind).select_related("context")[:BATCH]):
        _commit_to(apps.get_model("accounts", "AuditContext"), event_model, events)
        behind = events[-1].pk


def _commit_to(context_model: Any, event_model: Any, events: list[Any]) -> None:
    old: list[Any] = []
    new: list[Any] = []
    for event in events:
        context = getattr(event, "context", None)
        if context is None:
            context = context_model(event=event, subject=event.subject)
            new.append(context)
        else:
            old.append(context)
        context.request_id, context.salt = event.request_id, secrets.token_bytes(16)
        event.commitment = _commitment(context)
    context_model.objects.bulk_update(old, ["request_id", "salt"], batch_size=250)
    context_model.objects.bulk_create(new)
    event_model.objects.bulk_update(events, ["commitment"], batch_size=250)


def _commitment(context: Any) -> str:
    """As `AuditContext.commitment` has it."""
    address = None if context.address is None else str(ip_address(context.address))
    told = json.dumps([address, context.user_agent, context.email, context.request_id], separators=(",", ":"))
    return sha256(context.salt + told.encode()).hexdigest()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_audit_chain")]

    operations = [migrations.RunPython(commit_to_personal_parts, migrations.RunPython.noop)]
