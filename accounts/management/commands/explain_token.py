"""`manage.py explain_token`: says what the token on stdin is, and why it is refused; changes nothing."""

import re
import sys
from collections.abc import Mapping
from typing import Any, Final

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts.services.explaining import moments, verdicts
from accounts.services.explaining.dissection import shown
from accounts.services.explaining.verdicts import Outcome, Verdict

MAX_INPUT_BYTES: Final = 2**20
BEARER: Final = re.compile(r"bearer\s+", re.IGNORECASE)
DATES: Final = frozenset({"auth_time", "exp", "iat", "nbf"})
STATUS: Final = {Outcome.GOOD: 0, Outcome.REFUSED: 1, Outcome.UNKNOWN: 2}


class Command(BaseCommand):
    help = (
        "Says what the token on stdin is and why it is refused: echo $TOKEN | manage.py explain_token. "
        "Changes nothing. Exit status: 0 good, 1 refused, 2 can't be told now."
    )
    requires_system_checks = []  # where something is wrong it is needed most, and 1 is to mean “refused”

    def handle(self, **options: Any) -> None:
        text = sys.stdin.buffer.read(MAX_INPUT_BYTES).decode("utf-8", "replace")
        token, trimmed = _trimmed(text)
        explanation = verdicts.explain(token)
        self.stdout.write(explanation.kind.capitalize())
        if trimmed:
            self.stdout.write(f"Left out before looking: {' and '.join(trimmed)}.")
        self._tell("Header", {name: shown(value) for name, value in (explanation.header or {}).items()})
        self._tell("Claims", {name: _claim(name, value) for name, value in (explanation.claims or {}).items()})
        self._tell("Here", explanation.findings)
        self._conclude(explanation.verdict)

    def _tell(self, title: str, lines: Mapping[str, str]) -> None:
        if lines:
            names = {name: name if name.isidentifier() and name.isascii() else shown(name) for name in lines}
            width = min(max(len(name) for name in names.values()), 20)
            self.stdout.write(f"\n{title}")
            for name, line in lines.items():
                self.stdout.write(f"  {names[name]:{width}}  {line}")

    def _conclude(self, verdict: Verdict) -> None:
        style = self.style.SUCCESS if verdict.outcome == Outcome.GOOD else self.style.ERROR
        reason = f"{verdict.code}: {verdict.sentence}" if verdict.code else verdict.sentence
        self.stdout.write("\n" + style(f"{verdict.outcome}: {reason}"))
        if status := STATUS[verdict.outcome]:
            raise SystemExit(status)


def _trimmed(text: str) -> tuple[str, list[str]]:
    """What people paste along, which no door would take off a token: it is taken off here, and said."""
    token = text.strip()
    trimmed = ["surrounding whitespace"] if token != text else []
    if bearer := BEARER.match(token):
        token = token[bearer.end() :]
        trimmed.append("a leading `Bearer`")
    return token, trimmed


def _claim(name: str, value: object) -> str:
    moment = moments.from_claim(value) if name in DATES else None
    return shown(value) if moment is None else f"{shown(value)}  {moments.told(moment, now=timezone.now())}"
