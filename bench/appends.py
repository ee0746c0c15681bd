"""Measures how many transactions a second can append to the log of notices: `python -m bench.appends`.

Each locks and changes a user's row, appends and commits, in one round trip, so that the server is what is measured.
The lock under which notices are numbered is held to the end of the commit: what a disk or a standby adds to a commit
bounds the rate. Here that is a pause behind the numbering, within the transaction, with the lock held.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from itertools import count
from typing import Final

import psycopg

from accounts.tests.support import children, environment
from accounts.tests.support.environment import CHECKOUT
from accounts.tests.support.postgresql import PostgreSQL

USER: Final = (
    "INSERT INTO accounts_user (id, email, password, email_verified, first_name, last_name, phone_number, is_active, "
    "is_staff, is_superuser, date_joined, updated_at, version, credentials_version) VALUES ('{user}', "
    "'writer{number}@example.com', '!', false, '', '', '', true, false, false, now(), now(), 1, 1)"
)
CHANGE: Final = (
    "SELECT id FROM accounts_user WHERE id = '{user}' FOR NO KEY UPDATE;"
    "UPDATE accounts_user SET version = version + 1 WHERE id = '{user}';"
)
APPEND: Final = (
    "INSERT INTO accounts_notice (id, type, subject, data) "
    "VALUES (gen_random_uuid(), 'user.updated', '{user}', '{{\"version\": 2}}');"
)
SLOW_COMMIT: Final = """
CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER slow_commit AFTER UPDATE ON accounts_notice DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.seq IS NOT NULL) EXECUTE FUNCTION slow_commit();
"""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench.appends", description=__doc__)
    parser.add_argument("--writers", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement")
    options = parser.parse_args(arguments)
    environment.prepare("postgresql")
    try:
        cluster = environment.postgresql()
        cluster.start()
        for what, milliseconds, append in (("changes alone", 0, ""), ("appends", 0, APPEND), ("appends", 2, APPEND)):
            database = f"{what.split()[0]}_{milliseconds}"
            migrate(cluster, database)
            if milliseconds:
                cluster.execute(SLOW_COMMIT.format(seconds=milliseconds / 1000), database=database)
            rate = measure(cluster.url(database), CHANGE + append, options.writers, options.seconds)
            print(f"{what:14} {milliseconds} ms more to commit: {rate:8,.0f} transactions a second", flush=True)
    finally:
        children.stop_all()
        environment.remove_session_directory()
    return 0


def migrate(cluster: PostgreSQL, database: str) -> None:
    cluster.create_database(database)
    command = [sys.executable, "-m", "django", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=CHECKOUT, env=os.environ | {"DATABASE_URL": cluster.url(database)}, check=True)


def measure(url: str, statements: str, writers: int, seconds: float) -> float:
    """Transactions a second; RuntimeError where a writer was refused."""
    done, refused, line = [0] * writers, list[Exception](), threading.Barrier(writers)

    def write(number: int) -> None:
        user = f"00000000-0000-4000-8000-{number:012}"
        own = f"BEGIN;{statements}COMMIT;".format(user=user).encode()
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(USER.format(user=user, number=number).encode())
                line.wait(60)
                end = time.monotonic() + seconds
                for done[number] in count(1):
                    connection.execute(own)
                    if time.monotonic() > end:
                        return
        except psycopg.Error as exc:
            refused.append(exc)

    threads = [threading.Thread(target=write, args=[number]) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        raise RuntimeError(f"{len(refused)} of {writers} writers were refused: {refused[0]}")
    return sum(done) / seconds


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
