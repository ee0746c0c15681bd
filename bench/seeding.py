"""People with an open session each, as if they had signed in, without the hours that hashing would take."""

from pathlib import Path

from django.utils import timezone

from accounts import passwords
from accounts.conf import auth_settings
from accounts.models import Session, User
from accounts.services.signing_keys import keys
from accounts.tokens import issuing
from bench.people import PASSWORD, People, Person, address


def seed(file: Path, count: int) -> None:
    """Into the database of the settings; the tokens go into the file."""
    keys.ensure_first_keys()
    encoded = passwords.hash_password(PASSWORD)
    users = User.objects.bulk_create(User(email=address(number), password=encoded) for number in range(count))
    sessions = Session.objects.bulk_create(_session(user) for user in users)
    People(encoded, [_person(session) for session in sessions]).write(file)


def _session(user: User) -> Session:
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


def _person(session: Session) -> Person:
    session.user.group_names = []  # known, and so not asked for ten thousand times
    tokens = issuing.issue(session, at=session.created_at)
    return Person(session.user.email, tokens.access, tokens.refresh)
