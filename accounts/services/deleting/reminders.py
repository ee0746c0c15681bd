"""Keeps a round every few seconds from saying the same thing each time."""

from typing import Final

from accounts import clock

EVERY_SECONDS: Final = 3600.0
MAX_REMEMBERED: Final = 1000


class Reminders:
    """Of a process: whatever goes on is told once, and then every hour."""

    def __init__(self) -> None:
        self._told_at: dict[str, float] = {}

    def is_due(self, about: str) -> bool:
        """True counts as told."""
        now = clock.now()
        if now - self._told_at.get(about, float("-inf")) < EVERY_SECONDS:
            return False
        if len(self._told_at) >= MAX_REMEMBERED:
            self._told_at.clear()
        self._told_at[about] = now
        return True

    def forget(self) -> None:
        self._told_at.clear()


reminders: Final = Reminders()
"""The process's own."""
