"""Gates: what was promised, what was measured, and whether the one keeps the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Gate:
    """`is_met` is None for what is only measured."""

    work: str
    target: str
    measured: str
    is_met: bool | None

    @property
    def verdict(self) -> str:
        return "" if self.is_met is None else "met" if self.is_met else "MISSED"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a trial has to say; `rounds` is what it measured, as JSON takes it."""

    gates: Sequence[Gate]
    remarks: Sequence[str] = ()
    rounds: Mapping[str, Any] = field(default_factory=dict)
