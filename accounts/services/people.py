"""Finds people by what their operator knows them by."""

from uuid import UUID

from accounts.errors import NotFound
from accounts.models import User


def get(email_or_id: str) -> User:
    """Raises NotFound with what would help; also for whoever is being deleted."""
    user = User.objects.present().filter(**_named(email_or_id)).first() if email_or_id.isprintable() else None
    if user is None:
        raise NotFound("There is no such user; give the e-mail address they sign in with, or their id.")
    return user


def id_of(email_or_id: str) -> UUID:
    """Also of whoever is being deleted, and by an id of whoever is gone. NotFound for an address that nobody has."""
    named = _named(email_or_id)
    if isinstance(named.get("pk"), UUID):
        return UUID(email_or_id)
    user = User.objects.filter(**named).first() if email_or_id.isprintable() else None
    if user is None:
        raise NotFound(f"Nobody has the address {email_or_id!a}.")
    return user.pk


def _named(email_or_id: str) -> dict[str, str | UUID]:
    try:
        return {"pk": UUID(email_or_id)}
    except ValueError:
        return {"email": email_or_id}
