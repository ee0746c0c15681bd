"""Lets every deletion have its turn: the next round goes on behind the last one."""

from typing import Final
from uuid import UUID

from accounts.models.deletions import DeletionQuerySet

BEFORE_ALL: Final = UUID(int=0)


class Turns:
    """Of a process: however many can't be erased and stay, they don't hold up those behind them."""

    def __init__(self) -> None:
        self._last = BEFORE_ALL

    def next_of(self, deletions: DeletionQuerySet, count: int) -> list[UUID]:
        """So many by id, none twice; after the last of all come the first ones again."""
        ordered = deletions.order_by("pk").values_list("pk", flat=True)
        chosen = list(ordered.filter(pk__gt=self._last)[:count])
        if len(chosen) < count:
            chosen += ordered.filter(pk__lte=self._last)[: count - len(chosen)]
        self._last = chosen[-1] if chosen else BEFORE_ALL
        return chosen

    def forget(self) -> None:
        self._last = BEFORE_ALL


turns: Final = Turns()
"""The process's own."""
