"""Numbers notices when their transaction commits, so that the order of the numbers is the order of the commits.

On PostgreSQL the number is given under one lock, which is held to the end of the commit. It must be the last lock that
a transaction takes: a foreign-key check that still had to lock a row behind it could wait for somebody who waits for
the number. Deferred checks run in the order in which they were queued, so the insertion only queues an update, and the
update's trigger, queued behind all that the transaction has left to check, takes the lock. On SQLite the writer is
alone. Rows that bear a number already, as those of a restored dump do, keep it.

Django makes SQLite's tables anew when it alters them, which drops their triggers: a migration that alters `Notice` must
run `number_notices` again.
"""

from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

NOTICES_LOCK = 7_310_002  # accounts.models.locks.Lock.NOTICES

POSTGRESQL = f"""
CREATE FUNCTION accounts_queue_notice() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE accounts_notice SET seq = NULL WHERE id = NEW.id;
    RETURN NULL;
END $$;

CREATE FUNCTION accounts_number_notice() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM pg_advisory_xact_lock({NOTICES_LOCK});
    UPDATE accounts_notice
        SET seq = (SELECT coalesce(max(seq), 0) + 1 FROM accounts_notice), occurred_at = clock_timestamp()
        WHERE id = NEW.id;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER notice_is_queued AFTER INSERT ON accounts_notice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.seq IS NULL) EXECUTE FUNCTION accounts_queue_notice();

CREATE CONSTRAINT TRIGGER notice_is_numbered AFTER UPDATE ON accounts_notice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.seq IS NULL) EXECUTE FUNCTION accounts_number_notice();
"""

SQLITE = """
CREATE TRIGGER notice_is_numbered AFTER INSERT ON accounts_notice WHEN NEW.seq IS NULL
BEGIN
    UPDATE accounts_notice SET seq = (SELECT coalesce(max(seq), 0) + 1 FROM accounts_notice) WHERE id = NEW.id;
END
"""


def number_notices(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute(POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE, params=None)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_notices_suspensions_deletions")]
    operations = [migrations.RunPython(number_notices)]
