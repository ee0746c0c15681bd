"""The whole database of a test as text, whatever the tables are."""

from django.db import connection

from accounts.tests.support import environment


def dump() -> str:
    """As committed: every row of every table."""
    if connection.vendor == "postgresql":
        return environment.postgresql().dump(str(connection.settings_dict["NAME"]))
    connection.ensure_connection()
    return "\n".join(connection.connection.iterdump())
