"""Seals the audit, and puts what is personal in an event together, where the event commits to it."""

import json
import secrets
from hashlib import sha256
from ipaddress import ip_address
from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Q

import accounts.models.audit

BATCH = 1000


def commit_to_personal_parts(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What requests were called joins them, because a client may have chosen it; each gets a salt of its own."""
    event_model = apps.get_model("accounts", "AuditEvent")
    personal = event_model.objects.filter(Q(context__isnull=False) | ~Q(request_id="")).order_by("pk")
    behind = 0
    while events := list(personal.filter(pk__gt=behind).select_related("context")[:BATCH]):
        _commit_to(apps.get_model("accounts", "AuditContext"), event_model, events)
        behind = events[-1].pk
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no table is altered while checks of it wait


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
    dependencies = [("accounts", "0007_codes")]

    operations = [
        migrations.CreateModel(
            name="AuditBatch",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("first_row", models.BigIntegerField()),
                ("last_row", models.BigIntegerField()),
                ("sealed_at", models.DateTimeField(help_text="By the database's clock.")),
                ("previous_head", models.CharField(max_length=64)),
                ("head", models.CharField(max_length=64)),
                (
                    "dropped_at",
                    models.DateTimeField(
                        help_text="When its events were removed, because they were too old.", null=True
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="auditcontext",
            name="email",
            field=models.CharField(max_length=254, null=True),
        ),
        migrations.AddField(
            model_name="auditcontext",
            name="request_id",
            field=models.CharField(
                blank=True, default="", help_text="Which the client may have chosen.", max_length=64
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="auditcontext",
            name="salt",
            field=models.BinaryField(default=accounts.models.audit.make_salt, editable=False, max_length=16),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="commitment",
            field=models.CharField(
                blank=True, default="", help_text="To its personal part; empty where it has none.", max_length=64
            ),
        ),
        migrations.AddField(
            model_name="auditevent",
            name="number",
            field=models.BigIntegerField(
                editable=False, help_text="Its place in the chain; empty until sealed.", null=True
            ),
        ),
        migrations.RunPython(commit_to_personal_parts),
        migrations.RemoveField(model_name="auditevent", name="request_id"),
        migrations.RemoveIndex(model_name="auditevent", name="audit_by_subject"),
        migrations.RemoveIndex(model_name="auditevent", name="audit_by_actor"),
        migrations.RemoveIndex(model_name="auditevent", name="audit_by_time"),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["subject", "occurred_at", "id"], name="audit_by_subject"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["actor", "occurred_at", "id"], name="audit_by_actor"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["type", "occurred_at", "id"], name="audit_by_type"),
        ),
        migrations.AddIndex(
            model_name="auditevent", index=models.Index(fields=["occurred_at", "id"], name="audit_by_time")
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(condition=models.Q(("number__isnull", True)), fields=["id"], name="audit_unsealed"),
        ),
        migrations.AddIndex(
            model_name="auditcontext",
            index=models.Index(
                condition=models.Q(("email__isnull", False)), fields=["email"], name="audit_typed_email"
            ),
        ),
        migrations.AddConstraint(
            model_name="auditevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number__isnull", False)), fields=("number",), name="audit_number"
            ),
        ),
    ]
