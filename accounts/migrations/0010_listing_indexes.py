import accounts.models.ordering
from django.db import migrations, models

MEMBERS_BY_GROUP = "CREATE INDEX accounts_members_by_group ON accounts_user_groups (group_id, user_id)"


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_audit_chain'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('deletion_requested_at__isnull', True)), fields=['date_joined', 'id'], name='user_by_joining'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(accounts.models.ordering.Bytewise('email'), models.F('id'), condition=models.Q(('deletion_requested_at__isnull', True)), name='user_by_email'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(accounts.models.ordering.OrNever('last_login'), models.F('id'), condition=models.Q(('deletion_requested_at__isnull', True)), name='user_by_last_login'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('deletion_requested_at__isnull', True), ('is_active', False)), fields=['date_joined', 'id'], name='suspended_by_joining'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('deletion_requested_at__isnull', True), ('is_staff', True)), fields=['date_joined', 'id'], name='staff_by_joining'),
        ),
        migrations.AlterField(
            model_name='session',
            name='revocation_reason',
            field=models.CharField(blank=True, choices=[('logout', 'logout'), ('other_device', 'other_device'), ('refresh_token_reused', 'refresh_token_reused'), ('state_lost', 'state_lost'), ('password_changed', 'password_changed'), ('suspended', 'suspended'), ('deleted', 'deleted'), ('credentials_changed', 'credentials_changed'), ('too_many_sessions', 'too_many_sessions'), ('invalidated', 'invalidated'), ('by_administrator', 'by_administrator')], max_length=32),
        ),
        # Of a table that Django made by itself, with no model to say it of.
        migrations.RunSQL(MEMBERS_BY_GROUP, "DROP INDEX accounts_members_by_group"),
    ]
