"""What an examination finds."""

from dataclasses import dataclass

__all__ = ["Finding"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`fix` says what to do; empty: all is well."""

    subject: str
    told: str
    fix: str = ""

    @property
    def is_ok(self) -> bool:
        return not self.fix
