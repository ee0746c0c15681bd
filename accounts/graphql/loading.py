"""Reads for many what is asked of each: the first who is asked about brings all who were announced."""

from collections.abc import Iterable
from uuid import UUID

from accounts.errors import Refusal
from accounts.models import Session
from accounts.principals import Caller, UserPrincipal
from accounts.services.administration import sessions


class SessionLoader:
    """The newest sessions of people, for one call; a refusal is remembered like an answer."""

    def __init__(self) -> None:
        self._announced: set[UUID] = set()
        self._found: dict[UUID, list[Session] | Refusal] = {}

    def announce(self, user_ids: Iterable[UUID]) -> None:
        """They may be asked about."""
        self._announced |= {*user_ids}

    def of(self, user_id: UUID, *, actor: Caller) -> list[Session]:
        """Raises as `sessions.newest_of`."""
        if user_id not in self._found:
            self._load({user_id} | (self._announced - self._found.keys()), actor)
        found = self._found[user_id]
        if isinstance(found, Refusal):
            raise found
        return found

    def _load(self, user_ids: set[UUID], actor: Caller) -> None:
        try:
            self._found |= sessions.newest_of(user_ids, actor=actor)
        except Refusal as refusal:
            self._found |= dict.fromkeys(user_ids, refusal)
            if isinstance(actor, UserPrincipal) and actor.user_id in user_ids and len(user_ids) > 1:
                self._load({actor.user_id}, actor)  # one's own are for everybody, also among those that are not
