"""Whether a token may still be believed, beyond its signature and dates: the user is active and the session stands."""

from uuid import UUID

from accounts.errors import AccountSuspended, SessionRevoked
from accounts.models import Session


def read(*, user_id: UUID, session_id: UUID) -> Session:
    """The session with its user and the user's groups, in one query. Raises AccountSuspended or SessionRevoked."""
    session = Session.objects.find_whole(session_id, user_id)
    if session is None:
        raise SessionRevoked
    if not session.user.is_active:
        raise AccountSuspended
    if session.revoked_at is not None or session.expires_at <= session.read_at:
        raise SessionRevoked
    if session.credentials_version != session.user.credentials_version:
        raise SessionRevoked
    return session
