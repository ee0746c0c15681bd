"""Another numbering of notices than ours, in a database of the test's own, to show what ours is for."""

from typing import Final

from django.db import connection, transaction

from accounts.models.locks import Lock

LOCK: Final = f"PERFORM pg_advisory_xact_lock({Lock.NOTICES});"

NUMBERING: Final = """
CREATE OR REPLACE FUNCTION accounts_number_notice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {lock}
    UPDATE accounts_notice SET seq = {number}, occurred_at = clock_timestamp() WHERE id = NEW.id;
    RETURN NULL;
END $$;
"""
NEXT: Final = "(SELECT coalesce(max(seq), 0) + 1 FROM accounts_notice)"

ONE_STAGE: Final = """
DROP TRIGGER notice_is_queued ON accounts_notice;
CREATE CONSTRAINT TRIGGER notice_is_queued AFTER INSERT ON accounts_notice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION accounts_number_notice();
"""
SLOW_COMMIT: Final = """
CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_sleep({seconds});
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER slow_commit AFTER UPDATE ON accounts_notice
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.seq IS NOT NULL AND NEW.type LIKE '{type}')
    EXECUTE FUNCTION slow_commit();
"""


def without_the_lock() -> None:
    _run(NUMBERING.format(lock="", number=NEXT))


def by_a_sequence_without_the_lock() -> None:
    _run("CREATE SEQUENCE numbers;" + NUMBERING.format(lock="", number="nextval('numbers')"))


def by_a_sequence_with_the_lock() -> None:
    """To show that it is the lock that matters."""
    _run("CREATE SEQUENCE numbers;" + NUMBERING.format(lock=LOCK, number="nextval('numbers')"))


def in_one_stage() -> None:
    """The lock is taken by what the insertion queued, in front of whatever is written after it."""
    _run(ONE_STAGE)


def slow_commit(seconds: float, *, notice_type: str = "%") -> None:
    """Commits of such notices take so much longer, behind the numbering, as where a disk or a standby is waited for."""
    _run(SLOW_COMMIT.format(seconds=seconds, type=notice_type))


def _run(statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statements)
