from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_members_by_group")]

    operations = [
        migrations.CreateModel(
            name="Rollup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "span",
                    models.PositiveSmallIntegerField(help_text="How many minutes it sums up: one of Span."),
                ),
                (
                    "minute",
                    models.BigIntegerField(help_text="Its first, counted from the beginning of 1970 in UTC."),
                ),
                ("figure", models.CharField(help_text="One of Figure.", max_length=32)),
                ("count", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("span", "minute", "figure"), name="one_count_of_a_figure")
                ],
            },
        ),
    ]
