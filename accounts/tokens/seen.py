"""Access tokens whose signature this process has verified. Good ones alone, and nothing of what may change since:
dates, keys and standing are looked at again each time.
"""

import os
import threading
from dataclasses import dataclass
from time import time
from typing import Final

from accounts.models import KeyPurpose
from accounts.tokens import trusted_keys, verifying
from accounts.tokens.claims import VerifiedClaims
from accounts.tokens.remembered import MAX_REMEMBERED

MAX_SEEN: Final = MAX_REMEMBERED
MAX_CHARACTERS: Final = 12_000_000
"""Of all texts together; a usual one has some 600, and the longest that are taken ten times as many."""


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
        self.characters = 0

    def find(self, token: str) -> Seen | None:
        return self._seen.get(token)

    def keep(self, token: str, claims: VerifiedClaims) -> Seen:
        seen = Seen(claims, *verifying.validity(claims))
        with self._lock:
            self._drop(token)
            while self._seen and (len(self._seen) >= MAX_SEEN or self.characters + len(token) > MAX_CHARACTERS):
                self._drop(next(iter(self._seen)))
            self._seen[token] = seen
            self.characters += len(token)
        return seen

    def _drop(self, token: str) -> None:
        if self._seen.pop(token, None) is not None:
            self.characters -= len(token)


tokens: Final = SeenTokens()
"""The process's own."""


def verify_access(unverified_token: str) -> VerifiedClaims:
    """As `verifying.verify_access`, with the signature looked at once."""
    known = tokens.find(unverified_token)
    if known is None or not known.is_current() or not _has_its_key(known):
        known = tokens.keep(unverified_token, verifying.verify_access(unverified_token))
    return known.claims


def _has_its_key(known: Seen) -> bool:
    return trusted_keys.find(known.claims.key_id, KeyPurpose.ACCESS) is not None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=tokens.forget)
