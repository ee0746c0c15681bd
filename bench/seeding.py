"""People with an open session each, as if they had signed in, without the hours that hashing would take."""

from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from django.db import connection
from django.utils import timezone

from accounts import passwords
from accounts.conf import auth_settings
from accounts.models import Session, User
from accounts.principals import Origin, System
from accounts.services.clients import clients
from accounts.services.signing_keys import keys
from accounts.tokens import issuing
from bench import people
from bench.contest import Tokens
from bench.people import PASSWORD, People, Person, address

AT_A_TIME: Final = 5000


def seed(file: Path, count: int, *, new: int = 0, cold: int = 0) -> None:
    """Into the database of the settings; the tokens go into the file, and beside it so many to be sent once each: new
    ones of half the people, whom memory has room for, and of sessions that nobody has asked about.
    """
    _take_time()
    keys.ensure_first_keys()
    encoded = passwords.hash_password(PASSWORD)
    users = User.objects.bulk_create(User(email=address(number), password=encoded) for number in range(count))
    sessions = Session.objects.bulk_create(map(session_of, users))
    made = clients.create(name="bench", scopes=[], holds_personal_data=False, actor=System("bench"), origin=Origin())
    client = {"client_id": made.client.pk, "client_secret": made.secret}
    People(encoded, [person(session) for session in sessions], client).write(file)
    people.write_tokens(file, Tokens.NEW, map(access, islice(cycle(sessions[: count // 2]), new)))
    people.write_tokens(file, Tokens.COLD, map(access, _more(users, cold)))


def _take_time() -> None:
    """Thousands of rows are put together within a transaction, on however busy a machine."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET idle_in_transaction_session_timeout = 0")


def _more(users: list[User], count: int) -> Iterator[Session]:
    """More sessions of the same people."""
    further = map(session_of, islice(cycle(users), count))
    while some := list(islice(further, AT_A_TIME)):
        yield from Session.objects.bulk_create(some)


def session_of(user: User) -> Session:
    """As just opened; not saved."""
    user.group_names = []  # known, and so not asked for ten thousand times
    now = timezone.now()
    return Session(
        user=user,
        credentials_version=user.credentials_version,
        amr=["pwd"],
        created_at=now,
        rotated_at=now,
        expires_at=now + auth_settings.refresh_idle_lifetime,
        absolute_expires_at=now + auth_settings.refresh_absolute_lifetime,
    )


def person(session: Session) -> Person:
    tokens = issuing.issue(session, at=session.created_at)
    return Person(session.user.email, tokens.access, tokens.refresh)


def access(session: Session) -> str:
    return issuing.issue(session, at=session.created_at).access
