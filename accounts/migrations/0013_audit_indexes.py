from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0012_audit_old_parts")]

    operations = [
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
