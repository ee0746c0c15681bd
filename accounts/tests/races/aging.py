"""Sessions and tokens that have a past, without waiting for it."""

from datetime import timedelta
from uuid import UUID

from django.db.models import F

from accounts.models import Session
from accounts.tokens import issuing


def shift(session_id: UUID, by: timedelta) -> None:
    """The session was opened, and last rotated, so much earlier."""
    Session.objects.filter(pk=session_id).update(created_at=F("created_at") - by, rotated_at=F("rotated_at") - by)


def head_of(session_id: UUID) -> str:
    """The refresh token of the row as it is, signed as the service does: its `iat` is the row's last rotation."""
    user_id = Session.objects.values_list("user_id", flat=True).get(pk=session_id)
    session = Session.objects.find_whole(session_id, user_id)
    assert session is not None
    return issuing.issue(session, at=session.read_at).refresh
