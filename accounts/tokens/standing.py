"""Whether a token may still be believed, beyond its signature and dates: a person may come in and their session stands,
a service client is active and its epoch is the token's.

The truth is in the database; `recall_…` asks what is remembered of it first.
"""

import os
from collections.abc import Sequence
from typing import Final, assert_never
from uuid import UUID

from django.db.models.base import ModelState

from accounts.errors import AccountSuspended, ClientDisabled, SessionRevoked
from accounts.models import ServiceClient, Session
from accounts.models.sessions import KeptSession
from accounts.notices.tail import MEMORY_SECONDS
from accounts.principals import Caller, ClientPrincipal, UserPrincipal
from accounts.tokens.combining import Combined, Read, noted
from accounts.tokens.memory import Memory


def read(principal: Caller) -> Session | ServiceClient:
    """What stands behind a caller, asked of the database. Raises as `read_session`, or as `read_client`."""
    match principal:
        case UserPrincipal(user_id=user_id, session_id=session_id):
            return read_session(user_id=user_id, session_id=session_id)
        case ClientPrincipal(client_id=client_id, epoch=epoch):
            return read_client(client_id=client_id, epoch=epoch)
        case _:
            assert_never(principal)


def read_session(*, user_id: UUID, session_id: UUID) -> Session:
    """The session with its user and the user's groups, in one query. Raises AccountSuspended or SessionRevoked."""
    return _standing(Session.objects.find_whole(session_id, user_id))


def _standing(session: Session | None) -> Session:
    if session is None or session.user.deletion_requested_at is not None:
        raise SessionRevoked
    if not session.user.may_come_in(session.read_at):
        raise AccountSuspended
    if session.revoked_at is not None or session.expires_at <= session.read_at:
        raise SessionRevoked
    if session.credentials_version != session.user.credentials_version:
        raise SessionRevoked
    return session


def recall_session(*, user_id: UUID, session_id: UUID) -> Session:
    """As `read_session`, from memory where that may be relied on. It is the caller's own."""
    return sessions.recall(session_id, user_id, lambda: _read_with_others(user_id, session_id))


def shared_session(*, user_id: UUID, session_id: UUID) -> KeptSession:
    """As `recall_session`, but everybody's. Not for within a transaction."""
    return sessions.share(session_id, user_id, lambda: _read_with_others(user_id, session_id))


def kept_session(*, user_id: UUID, session_id: UUID) -> KeptSession | None:
    """As `shared_session`, or None where that would ask the database. Not counted. It is the same object for as long
    as the database says the same of it, its user and the user's groups.
    """
    return sessions.look(session_id, user_id)


def read_client(*, client_id: str, epoch: UUID) -> ServiceClient:
    """Raises ClientDisabled for one that is disabled or gone, SessionRevoked where its older tokens were ended."""
    client = ServiceClient.objects.named(client_id).first()
    if client is None or not client.is_active:
        raise ClientDisabled
    if client.epoch != epoch:
        raise SessionRevoked("This client's earlier tokens were ended; get a new one at /auth/token.")
    return client


def recall_client(*, client_id: str, epoch: UUID) -> ServiceClient:
    return clients.recall(epoch, client_id, lambda: noted(lambda: read_client(client_id=client_id, epoch=epoch)))


def shared_client(*, client_id: str, epoch: UUID) -> ServiceClient:
    """As `recall_client`, but everybody's: not to be changed. Not for within a transaction."""
    return clients.share(epoch, client_id, lambda: noted(lambda: read_client(client_id=client_id, epoch=epoch)))


def kept_client(*, client_id: str, epoch: UUID) -> ServiceClient | None:
    """As `kept_session`."""
    return clients.look(epoch, client_id)


def forget() -> None:
    """As in a new process."""
    sessions.forget()
    clients.forget()


def _read_with_others(user_id: UUID, session_id: UUID) -> Read[KeptSession]:
    found, mark, began_at = _combined.find((session_id, user_id))
    return Read(KeptSession(_standing(found)), mark, began_at)


def _find_all(named: Sequence[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], Session]:
    """By the ids of session and user."""
    if len(named) == 1:
        session = Session.objects.find_whole(*named[0])
        return {} if session is None else {named[0]: session}
    found = Session.objects.find_all_whole(session_id for session_id, _ in named)
    return {(session_id, session.user_id): session for session_id, session in found.items()}


def _copied(client: ServiceClient) -> ServiceClient:
    """Shallow. Python's own `copy` goes the way of pickling, at five times the cost."""
    own = object.__new__(ServiceClient)
    own.__dict__.update(client.__dict__)
    own._state = ModelState()
    own._state.adding, own._state.db = False, client._state.db  # noqa: SLF001
    return own


def _seconds_left(kept: KeptSession) -> float:
    return (kept.ends_at - kept.read_at).total_seconds()


_combined: Final = Combined(_find_all)
sessions: Final = Memory("session", own=KeptSession.session, seconds_left=_seconds_left, reread=Session.objects.reread)
clients: Final = Memory("client", own=_copied, seconds_left=lambda _: MEMORY_SECONDS)
"""The process's own."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=forget)
