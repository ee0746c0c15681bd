"""Bytes kept beside what is remembered of a session: good exactly as long as memory holds that very object."""

import os
import threading
from collections.abc import Callable
from functools import partial
from uuid import UUID
from weakref import ref

from accounts.models import Session, User
from accounts.tokens.remembered import MAX_REMEMBERED


class Beside:
    """What `render` makes of a session's user. Bounded: the oldest goes."""

    def __init__(self, render: Callable[[User], bytes]) -> None:
        self._render = render
        self.forget()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        """As in a new process."""
        self._lock = threading.Lock()
        self._kept: dict[UUID, tuple[ref[Session], bytes]] = {}

    def of(self, session: Session) -> bytes:
        """`session` as memory holds it: whatever changes of it or its user, memory holds another object then."""
        kept = self._kept.get(session.id)
        if kept is not None and kept[0]() is session:
            return kept[1]
        rendered = self._render(session.user)
        with self._lock:
            self._kept.pop(session.id, None)
            while len(self._kept) >= MAX_REMEMBERED:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[session.id] = (ref(session, partial(self._drop, session.id)), rendered)
        return rendered

    def _drop(self, key: UUID, gone: ref[Session]) -> None:
        """When memory has let go of it: nothing personal outlives that. Called at any moment, so it waits for no lock;
        to lose a newer entry now and then costs a rendering.
        """
        if (kept := self._kept.get(key)) is not None and kept[0] is gone:
            self._kept.pop(key, None)
