"""`authservice_follow` ends with an error when it does nothing any more: whoever keeps it up starts another one."""

import signal
from collections.abc import Iterator

import pytest
from authservice_connector.management.commands import authservice_follow
from authservice_connector.mirroring import Mirroring
from django.core.management import CommandError, call_command

from tests.service import Service


@pytest.fixture
def signals() -> Iterator[None]:
    """Those of the tests' own, in place again."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_follower_whose_thread_has_died_does_not_look_alive(
    service: Service, signals: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authservice_follow, "SLICE_SECONDS", 0.01)

    def die(self: Mirroring) -> bool:
        raise SystemExit  # as a receiver may, and nothing that a worker catches

    monkeypatch.setattr(Mirroring, "turn", die)
    with pytest.raises(CommandError, match="has died"):
        call_command("authservice_follow")
