import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Member',
            fields=[
                ('row', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, parent_link=True, primary_key=True, serialize=False, to=settings.AUTH_USER_MODEL)),
                ('number', models.IntegerField(default=0)),
            ],
            bases=(settings.AUTH_USER_MODEL,),
        ),
        migrations.CreateModel(
            name='Customer',
            fields=[],
            options={'proxy': True},
            bases=(settings.AUTH_USER_MODEL,),
        ),
    ]
