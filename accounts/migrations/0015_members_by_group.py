from django.db import migrations

MEMBERS_BY_GROUP = "CREATE INDEX accounts_members_by_group ON accounts_user_groups (group_id, user_id)"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_listing_indexes")]

    # Of a table that Django made by itself, with no model to say it of.
    operations = [migrations.RunSQL(MEMBERS_BY_GROUP, "DROP INDEX accounts_members_by_group")]
