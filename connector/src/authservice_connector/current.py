"""This process's gate, made at first use from the settings; a fork, and changed settings, make another one."""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.signals import setting_changed

from authservice_connector.asking import Asking
from authservice_connector.conf import MirroredBy, connector_settings
from authservice_connector.credentials import ServiceToken
from authservice_connector.errors import CannotTell
from authservice_connector.feed import NoticeFeed
from authservice_connector.follower import FOLLOWED, Follower
from authservice_connector.gate import AskingGate, LocalGate
from authservice_connector.keys import KeySet
from authservice_connector.mirror_worker import MirrorWorker
from authservice_connector.mirroring import Mirroring
from authservice_connector.recent import RecentUsers
from authservice_connector.refusals import Refusals
from authservice_connector.transport import Transport
from authservice_connector.verifying import Verifier

__all__ = ["Connection", "connection", "reset"]


@dataclass(frozen=True, slots=True)
class Connection:
    """All that this process has with the auth service; what may be None needs credentials.

    The follower and the worker are two threads: what refuses must not wait for a database.
    """

    transport: Transport
    asking: Asking
    gate: AskingGate | LocalGate
    users: RecentUsers
    token: ServiceToken | None = None
    follower: Follower | None = None
    mirroring: Mirroring | None = None
    worker: MirrorWorker | None = None

    def stop(self) -> None:
        """Its threads, for good."""
        for each in (self.follower, self.worker):
            if each is not None:
                each.stop()


_lock = threading.Lock()
_current: Connection | None = None


def connection() -> Connection:
    """ImproperlyConfigured without a URL."""
    global _current  # noqa: PLW0603 - one a process is what this module is for
    if (known := _current) is not None:
        return known
    with _lock:
        if _current is None:
            _current = _made()
        return _current


def reset() -> None:
    """The next `connection` makes everything anew."""
    if (known := _current) is not None:
        known.stop()
    _forget()


def _forget() -> None:
    """Nothing of the parent's is touched: a lock that it held at the fork is held in the child for ever."""
    global _current, _lock
    _current, _lock = None, threading.Lock()


def over(transport: Transport, *, follower_type: type[Follower] = Follower, mirrors: bool) -> Connection:
    """By the settings. `mirrors`: its process takes part in keeping the local users in step."""
    asking = Asking(transport, issuer=connector_settings.issuer)
    users = RecentUsers(seconds=connector_settings.max_user_age_seconds)
    if (credentials := connector_settings.credentials) is None:
        gate = AskingGate(
            asking,
            audience=connector_settings.named_audience,
            leeway_seconds=connector_settings.leeway_seconds,
        )
        return Connection(transport, asking, gate, users)
    token = ServiceToken(transport, credentials)
    mirroring = Mirroring(connector_settings.issuer, transport, token)
    worker = MirrorWorker(mirroring.turn) if mirrors else None
    keys, refusals = KeySet(partial(jwks, transport)), Refusals()
    heard, feed = worker.wake if worker else _nothing, NoticeFeed(transport, token, types=FOLLOWED)
    follower = follower_type(feed, refusals=refusals, keys=keys, heard=heard)
    verifier = Verifier(
        issuer=connector_settings.issuer,
        audience=connector_settings.audience,
        leeway_seconds=connector_settings.leeway_seconds,
        keys=keys,
    )
    local = LocalGate(
        verifier, refusals, follower, asking, max_staleness_seconds=connector_settings.max_staleness_seconds
    )
    return Connection(transport, asking, local, users, token, follower, mirroring, worker)


def jwks(transport: Transport) -> Mapping[str, Any]:
    """The auth service's key set, as it publishes it. CannotTell."""
    answer = transport.get("/.well-known/jwks.json")
    if answer.status != 200:  # noqa: PLR2004
        raise CannotTell(f"The auth service answers {answer.status} where its keys should be.")
    return answer.document


def _made() -> Connection:
    return over(Transport(connector_settings.url), mirrors=connector_settings.mirrored_by == MirroredBy.PROCESS)


def _nothing() -> None:
    """Nobody here wants to hear."""


def _heed_settings(*, setting: str, **_: object) -> None:
    if setting == "AUTHSERVICE":
        reset()


setting_changed.connect(_heed_settings)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
