"""The statements that take and give back several places at once, each a transaction by itself."""

from functools import cache
from typing import Final

_ANEW: Final = """
    DO UPDATE SET
        count = CASE WHEN accounts_attemptcounter.expires_at <= %s THEN 1 ELSE accounts_attemptcounter.count + 1 END,
        expires_at = CASE
            WHEN accounts_attemptcounter.expires_at <= %s THEN excluded.expires_at
            ELSE accounts_attemptcounter.expires_at
        END
"""


@cache
def take_in_turn(places: int) -> str:
    """For PostgreSQL, where the row lock decides among parallel callers. Each part waits for the row of the one before,
    so that all come to the rows in one order. Of each place: key, end, three times now, limit. Answers with the ends of
    the windows, up to the first that is full.
    """
    part = f"""
        INSERT INTO accounts_attemptcounter (key, count, expires_at) SELECT %s, 1, %s {{condition}}
        ON CONFLICT (key) {_ANEW}
        WHERE accounts_attemptcounter.expires_at <= %s OR accounts_attemptcounter.count < %s
        RETURNING expires_at
    """
    parts = [part.format(condition=f"WHERE EXISTS (SELECT FROM place{n - 1})" if n else "") for n in range(places)]
    ends = ", ".join(f"(SELECT expires_at FROM place{n})" for n in range(places))  # noqa: S608 - our own names
    return f"WITH {_named(parts)} SELECT {ends}"


@cache
def give_in_turn(places: int) -> str:
    """For PostgreSQL, in the same order. Of each place: key, end."""
    part = """
        UPDATE accounts_attemptcounter SET count = count - 1
        WHERE key = %s AND expires_at = %s AND count > 0 {condition} RETURNING key
    """
    after = "AND (SELECT count(*) FROM place{}) >= 0"
    parts = [part.format(condition=after.format(n - 1) if n else "") for n in range(places)]
    return f"WITH {_named(parts)} SELECT count(*) FROM place{places - 1}"  # noqa: S608 - our own names


@cache
def take_together(places: int) -> str:
    """For SQLite, which has one writer at a time, who may look first. Of each place: key, end, limit; then three times
    now. Answers with key and end of each that is taken.
    """
    asked = ", ".join(f"({n}, %s, %s, %s)" for n in range(places))
    return f"""
        WITH asked (place, key, ends, most) AS (VALUES {asked}), full AS (
            SELECT place FROM asked JOIN accounts_attemptcounter USING (key) WHERE expires_at > %s AND count >= most
        )
        INSERT INTO accounts_attemptcounter (key, count, expires_at)
        SELECT key, 1, ends FROM asked WHERE place < coalesce((SELECT min(place) FROM full), {places})
        ON CONFLICT (key) {_ANEW}
        RETURNING key, expires_at
    """  # noqa: S608 - our own words


@cache
def give_together(places: int) -> str:
    """For SQLite. Of each place: key, end."""
    taken = ", ".join(["(%s, %s)"] * places)
    return f"""
        UPDATE accounts_attemptcounter SET count = count - 1
        WHERE count > 0 AND (key, expires_at) IN (VALUES {taken})
    """  # noqa: S608 - our own words


def _named(parts: list[str]) -> str:
    return ", ".join(f"place{number} AS ({part})" for number, part in enumerate(parts))
