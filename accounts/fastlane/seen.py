"""Access tokens whose signature this process has verified. Good ones alone, and nothing of what may change since:
dates, keys and standing are looked at again each time.
"""

import os
import threading
from dataclasses import dataclass, replace
from time import time
from typing import Final

from accounts.tokens import verifying
from accounts.tokens.claims import VerifiedClaims
from accounts.tokens.remembered import MAX_REMEMBERED

MAX_SEEN: Final = MAX_REMEMBERED


@dataclass(slots=True)
class Seen:
    """`opening` is how the answer to a verify begins, once somebody has asked for one."""

    claims: VerifiedClaims
    good_from: float
    good_until: float
    opening: bytes = b""

    def is_current(self) -> bool:
        return self.good_from <= time() < self.good_until


class SeenTokens:
    """Bounded: the oldest goes. By the token's text, which says all that its signature covers, and the signature."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As in a new process."""
        self._lock = threading.Lock()
        self._seen: dict[str, Seen] = {}

    def find(self, token: str) -> Seen | None:
        return self._seen.get(token)

    def keep(self, token: str, claims: VerifiedClaims) -> Seen:
        # Without the payload, of which nothing is asked any more: it would be most of what is kept.
        seen = Seen(replace(claims, payload={}), *verifying.validity(claims))
        with self._lock:
            while len(self._seen) >= MAX_SEEN:
                del self._seen[next(iter(self._seen))]
            self._seen[token] = seen
        return seen


tokens: Final = SeenTokens()
"""The process's own."""

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=tokens.forget)
