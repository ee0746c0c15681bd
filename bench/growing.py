"""Users by the million, with a session each, by COPY: the half of `bench.trials.growth` that knows the tables."""

import random
import secrets
from collections.abc import Iterable, Sequence
from itertools import filterfalse, islice
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID, uuid4

import psycopg
from django.core import signing
from django.db import connection

from accounts import passwords
from accounts.admin import cookie
from accounts.models import Session, User
from accounts.services.signing_keys import keys
from bench import people, seeding
from bench.contest import Tokens
from bench.people import PASSWORD, People, Person, address

USERS: Final = (
    "COPY accounts_user (id, email, password, email_verified, first_name, last_name, phone_number, is_active, "
    "is_staff, is_superuser, date_joined, updated_at, version, credentials_version) FROM STDIN"
)
SESSIONS: Final = (
    "COPY accounts_session (id, user_id, secret, generation, credentials_version, amr, user_agent, revocation_reason, "
    "created_at, rotated_at, expires_at, absolute_expires_at) FROM STDIN"
)


class _Kept(NamedTuple):
    """A session as the table has it."""

    id: UUID
    holder: int
    secret: bytes


def grow(file: Path, count: int, *, asked: int, cold: int) -> None:
    """`asked` people out of all, all superusers, go into the file, and beside it tokens of `cold` further sessions."""
    keys.ensure_first_keys()
    encoded = passwords.hash_password(PASSWORD)
    ids = [uuid4() for _ in range(count)]
    each = -(-(asked + cold) // count)  # rounded up
    sessions = [_Kept(uuid4(), holder, secrets.token_bytes(16)) for holder in range(count) for _ in range(each)]
    example = seeding.session_of(User(password=encoded))
    _copy(USERS, (_user(number, ids[number], example) for number in range(count)))
    _copy(SESSIONS, (_session(kept, ids, example) for kept in sessions))
    random.Random(1).shuffle(sessions)
    of_each = {kept.holder: kept for kept in sessions}
    chosen = list(of_each.values())[:asked]
    others = islice(filterfalse(set(chosen).__contains__, sessions), cold)
    persons = [_member_of_staff(_whole(kept, ids, example)) for kept in chosen]
    User.objects.filter(pk__in=[ids[kept.holder] for kept in chosen]).update(is_staff=True, is_superuser=True)
    People(encoded, persons).write(file)
    people.write_tokens(file, Tokens.COLD, (seeding.access(_whole(kept, ids, example)) for kept in others))


def _member_of_staff(session: Session) -> Person:
    """Who has signed in to the admin, too."""
    value = signing.dumps([str(session.user_id), str(session.pk)], salt=cookie.SALT)
    return seeding.person(session)._replace(cookie=f"{cookie.name()}={value}")


def _copy(statement: str, lines: Iterable[str]) -> None:
    """Over a plain connection: no request takes as long, and the service's own would be given up."""
    where = connection.settings_dict
    with (
        psycopg.connect(
            host=where["HOST"], port=where["PORT"], user=where["USER"], password=where["PASSWORD"], dbname=where["NAME"]
        ) as plain,
        plain.cursor() as cursor,
        cursor.copy(statement.encode()) as copy,
    ):
        for line in lines:
            copy.write(line)


def _user(number: int, user_id: UUID, example: Session) -> str:
    """A line as COPY reads it: tabs between, `f` and `t` for booleans."""
    password, now = example.user.password, example.created_at
    return f"{user_id}\t{address(number)}\t{password}\tf\t\t\t\tt\tf\tf\t{now}\t{now}\t1\t1\n"


def _session(kept: _Kept, ids: Sequence[UUID], example: Session) -> str:
    dates = f"{example.created_at}\t{example.rotated_at}\t{example.expires_at}\t{example.absolute_expires_at}"
    return f'{kept.id}\t{ids[kept.holder]}\t\\\\x{kept.secret.hex()}\t0\t1\t["pwd"]\t\t\t{dates}\n'


def _whole(kept: _Kept, ids: Sequence[UUID], example: Session) -> Session:
    """The row that was copied, without asking for it."""
    session = seeding.session_of(User(id=ids[kept.holder], email=address(kept.holder)))
    session.id, session.secret = kept.id, kept.secret
    for name in ("created_at", "rotated_at", "expires_at", "absolute_expires_at"):
        setattr(session, name, getattr(example, name))
    return session
