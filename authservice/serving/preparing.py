"""What must be done before the server starts: `python -m authservice.serving.preparing [migrate]`."""

import contextlib
import fcntl
import io
import math
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Final

import django
from django.core.management import CommandError, call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

from accounts.postgresql.base import DatabaseWrapper
from authservice.env import ENV

MIGRATIONS_LOCK: Final = 7_310_000  # PostgreSQL's advisory locks go by numbers; `accounts.models.locks` has the others


def main(arguments: Sequence[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authservice.settings")
    django.setup()
    try:
        call_command("check", stdout=io.StringIO())  # silent when nothing is wrong
        if "migrate" in arguments:
            with _alone():
                call_command("migrate", verbosity=0, interactive=False)
            call_command("ensure_keys")
    except CommandError as exc:
        print(exc, file=sys.stderr)  # noqa: T201  # the launcher's own words to whoever started it
        return 1
    except DatabaseError as exc:
        print(f"The database can't be prepared: {exc}".strip(), file=sys.stderr)  # noqa: T201
        return 1
    return 0


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """One migrates, whoever else starts at the same time waits: on this machine by file, beyond it by the database."""
    ENV.var_dir.mkdir(parents=True, exist_ok=True)
    with (ENV.var_dir / "migrate.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        connection = connections[DEFAULT_DB_ALIAS]
        if isinstance(connection, DatabaseWrapper):
            connection.deadline_seconds = math.inf
            with connection.cursor() as cursor:
                for statement in ("SET statement_timeout = 0", "SET lock_timeout = 0"):
                    cursor.execute(statement)
                cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATIONS_LOCK])
                cursor.execute("RESET lock_timeout")  # a migration itself must not stand in everybody's way for long
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
