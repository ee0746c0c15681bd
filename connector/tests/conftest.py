"""A clock that a test moves, a key, and an auth service without a socket."""

from collections.abc import Iterator

import pytest
from authservice_connector import clock, current
from pytest_django import Settings

from tests.issuing import Key, Later
from tests.service import Service

collect_ignore = ["of_a_service"]  # `test_kit.py` runs it


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Moves the clock of durations."""
    moved = [0.0]
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + moved[0])

    def move(seconds: float) -> None:
        moved[0] += seconds

    return move


@pytest.fixture(scope="session")
def key() -> Key:
    return Key()


@pytest.fixture
def service(key: Key, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Whom this process speaks to, with credentials, and up to date with the log."""
    made = Service(key)
    monkeypatch.setattr(current, "Transport", lambda url: made)
    credentials = {"CLIENT_ID": "svc_a", "CLIENT_SECRET": "a secret"}
    settings.AUTHSERVICE = settings.AUTHSERVICE | credentials | {"MIRROR": "command"}  # no thread of its own
    current.reset()
    follower = current.connection().follower
    assert follower is not None
    monkeypatch.setattr(follower, "wake", lambda: None)
    follower.poll()
    yield made
    current.reset()
