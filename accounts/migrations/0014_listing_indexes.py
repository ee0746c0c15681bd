from django.db import migrations, models

import accounts.models.ordering


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_audit_indexes")]

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
            index=models.Index(condition=models.Q(('deletion_requested_at__isnull', True), ('is_active', False)), fields=['date_joined', 'id'], name='suspended_by_joining'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('deletion_requested_at__isnull', True), ('is_staff', True)), fields=['date_joined', 'id'], name='staff_by_joining'),
        ),
    ]
