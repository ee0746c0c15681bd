"""Reads single variables of an environment: typed, loud about mistakes, and silent about secrets."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from django.core.exceptions import ImproperlyConfigured

DIGITS: Final = re.compile(r"[0-9]{1,12}")


class Secret(str):
    """Text that hides itself in representations, so that a dump of the settings tells nothing."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('**********')"


@dataclass(slots=True)
class Reader:
    """Reads single variables; remembers every name it was asked for, so that the documents can be checked."""

    source: Mapping[str, str]
    names: list[str] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        self.names.append(name)
        return self.source.get(name, "").strip() or default

    def secret(self, name: str) -> Secret:
        return Secret(self.text(name))

    def listing(self, name: str, default: Iterable[str] = ()) -> list[str]:
        return [item for part in self.text(name).split(",") if (item := part.strip())] or list(default)

    def whole(self, name: str, default: int, *, minimum: int, maximum: int = 2**31 - 1) -> int:
        raw = self.text(name, str(default))
        if not DIGITS.fullmatch(raw) or not minimum <= int(raw) <= maximum:
            raise wrong(name, raw, f"a whole number from {minimum} to {maximum}")
        return int(raw)

    def flag(self, name: str, *, default: bool) -> bool:
        raw = self.text(name, "on" if default else "off").lower()
        if raw in {"1", "true", "on", "yes"}:
            return True
        if raw in {"0", "false", "off", "no"}:
            return False
        raise wrong(name, raw, "on or off")

    def choice(self, name: str, default: str, options: Iterable[str]) -> str:
        raw = self.text(name, default)
        if raw not in options:
            raise wrong(name, raw, "one of " + ", ".join(options))
        return raw

    def networks(self, name: str) -> list[str]:
        values = self.listing(name)
        for value in values:
            try:
                ipaddress.ip_network(value, strict=False)
            except ValueError:
                raise wrong(name, value, "addresses or networks such as 10.0.0.0/8, separated by commas") from None
        return values


def wrong(name: str, value: str, wanted: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name} is {value!r}; it takes {wanted}.")
