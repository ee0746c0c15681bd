"""Signals as something to wait for, so that nothing happens inside a handler."""

import select
import signal
import socket
from typing import Final

STOP: Final = frozenset({signal.SIGTERM, signal.SIGINT, signal.SIGHUP})


class Signals:
    """From its making on, stop signals and deaths of children are collected instead of acted upon."""

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.settimeout(0)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in (*STOP, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)  # a handler must be set for the number to arrive at the descriptor

    def wait(self, seconds: float) -> set[signal.Signals]:
        """What arrived; returns at once when something has, else when the time is up."""
        readable, _, _ = select.select([self._reader], [], [], max(seconds, 0))
        return {signal.Signals(number) for number in self._reader.recv(4096)} if readable else set()
