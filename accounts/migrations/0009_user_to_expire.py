# Apart from 0008: adding the column keeps readers out until its transaction ends, and building this takes a while.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_expires_at'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('expires_at__isnull', False), ('is_active', True)), fields=['expires_at'], name='user_to_expire'),
        ),
    ]
