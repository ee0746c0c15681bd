"""What the audit has in other places now is gone from the old ones."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_audit_commitments")]

    operations = [
        migrations.RemoveField(model_name="auditevent", name="request_id"),
        migrations.RemoveIndex(model_name="auditevent", name="audit_by_subject"),
        migrations.RemoveIndex(model_name="auditevent", name="audit_by_actor"),
        migrations.RemoveIndex(model_name="auditevent", name="audit_by_time"),
        migrations.AlterField(
            model_name='session',
            name='revocation_reason',
            field=models.CharField(blank=True, choices=[('logout', 'logout'), ('other_device', 'other_device'), ('refresh_token_reused', 'refresh_token_reused'), ('state_lost', 'state_lost'), ('password_changed', 'password_changed'), ('suspended', 'suspended'), ('deleted', 'deleted'), ('credentials_changed', 'credentials_changed'), ('expiry_changed', 'expiry_changed'), ('too_many_sessions', 'too_many_sessions'), ('invalidated', 'invalidated'), ('by_administrator', 'by_administrator')], max_length=32),
        ),
    ]
