"""Finds people by what their operator knows them by."""

from uuid import UUID

from accounts.errors import NotFound
from accounts.models import User
from accounts.services import fields


def get(email_or_id: str) -> User:
    """Raises NotFound with what would help; also for whoever is being deleted, and says so."""
    user = _find(email_or_id)
    if user is None:
        raise NotFound("There is no such user; give the e-mail address they sign in with, or their id.")
    if user.deletion_requested_at is not None:
        raise NotFound("There is no such user any more: they are being deleted.")
    return user


def id_of(email_or_id: str) -> UUID:
    """Also of whoever is being deleted, and by an id of whoever is gone. NotFound for an address that nobody has."""
    if (user_id := _id_in(email_or_id)) is not None:
        return user_id
    user = _find(email_or_id)
    if user is None:
        raise NotFound(f"Nobody has the address {email_or_id!a}.")
    return user.pk


def _find(email_or_id: str) -> User | None:
    if not email_or_id.isprintable():
        return None
    user_id = _id_in(email_or_id)
    named = {"email": email_or_id} if user_id is None else {"pk": user_id}
    return User.objects.filter(**named).first()


def _id_in(text: str) -> UUID | None:
    """In either case of letters, because other tools print ids in capitals; else as at every door."""
    try:
        return fields.canonical_id(text.lower())
    except NotFound:
        return None
