"""Whom something fails at, and when they are tried again: at once, then after twice as long each time."""

from typing import Final

from authservice_connector import clock

__all__ = ["Setbacks"]

FIRST_SECONDS: Final = 4.0
LONGEST_SECONDS: Final = 300.0


class Setbacks:
    """Of one process, by subject; for one thread."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, float]] = {}

    def note(self, subject: str) -> None:
        count, _ = self._known.get(subject, (0, 0.0))
        rest = min(FIRST_SECONDS * 2.0 ** min(count - 1, 10), LONGEST_SECONDS) if count else 0.0
        self._known[subject] = count + 1, clock.now() + rest

    def forget(self, subject: str) -> None:
        """It went well."""
        self._known.pop(subject, None)

    def is_due(self, subject: str) -> bool:
        return subject not in self._known or clock.now() >= self._known[subject][1]
