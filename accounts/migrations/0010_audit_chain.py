"""Room for what seals the audit, and for all that is personal in an event, apart from it."""

from django.db import migrations, models

import accounts.models.audit


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_user_to_expire")]

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
    ]
