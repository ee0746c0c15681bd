"""`manage.py migrate` as Django has it, but without the deadline that requests live under."""

import math
from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from accounts.postgresql.base import DatabaseWrapper


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if isinstance(connection, DatabaseWrapper):
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout = 0")
                cursor.execute("SET idle_in_transaction_session_timeout = 0")
            connection.deadline_seconds = math.inf
        super().handle(*args, **options)
