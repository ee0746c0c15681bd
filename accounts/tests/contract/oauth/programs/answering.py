"""The conversation with the test: a question a line on stdin, an answer a line on stdout.

{"do": "verify", "token": "…"} → {"is": …}, or {"refused": "…"} with the library's own words.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

SETTINGS = json.loads(sys.argv[1])
ISSUER: str = SETTINGS["issuer"]
AUDIENCE: str = SETTINGS["audience"]
CLIENT: dict[str, str] = SETTINGS["client"]
JWKS_URI = f"{ISSUER}/.well-known/jwks.json"


def answer(**doings: Callable[..., Any]) -> None:
    every = {"pass_time": pass_time, **doings}
    for line in sys.stdin:
        asked = json.loads(line)
        sys.stdout.write(json.dumps(_answer_to(every[asked.pop("do")], asked)) + "\n")
        sys.stdout.flush()


def pass_time(seconds: float) -> None:
    """The clock that caches look at runs ahead from now on; the time of day does not."""
    before = time.monotonic
    time.monotonic = lambda: before() + seconds


def _answer_to(doing: Callable[..., Any], asked: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"is": doing(**asked)}
    except Exception as exc:  # noqa: BLE001 - whatever the library refuses with; the test looks at it
        return {"refused": f"{type(exc).__name__}: {exc}"}
