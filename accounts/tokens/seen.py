"""Access tokens whose signature this process has verified. Good ones alone, and nothing of what may change since:
dates, keys and standing are looked at again each time.
"""

import os
import threading
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from sys import intern
from time import time
from typing import Final

from accounts.models import KeyPurpose
from accounts.principals import Caller
from accounts.tokens import trusted_keys, verifying
from accounts.tokens.claims import VerifiedClaims
from accounts.tokens.remembered import MAX_REMEMBERED

MAX_SEEN: Final = MAX_REMEMBERED
MAX_CHARACTERS: Final = 3_000_000
"""Of all scopes together: most tokens have none, and the longest that are taken several thousand."""


@dataclass(slots=True)
class Seen:
    """What it says, without its text. `opening` is how the answer to a verify begins, once somebody has asked."""

    principal: Caller
    key_id: str
    client_id: str
    scope: str
    issued_at: int
    not_before: int
    expires_at: int
    good_from: float
    good_until: float
    opening: bytes = b""

    def is_current(self) -> bool:
        return self.good_from <= time() < self.good_until

    def claims(self, token: str) -> VerifiedClaims:
        """`token` is the text that it was found by."""
        return VerifiedClaims(
            principal=self.principal,
            key_id=self.key_id,
            client_id=self.client_id,
            scope=self.scope,
            issued_at=self.issued_at,
            not_before=self.not_before,
            expires_at=self.expires_at,
            text=token,
        )


def _without_text(claims: VerifiedClaims) -> Seen:
    """What many tokens have in common is kept once."""
    issued_at, not_before = claims.issued_at, claims.not_before
    return Seen(
        claims.principal,
        claims.key_id,
        intern(claims.client_id),
        claims.scope,
        issued_at,
        issued_at if issued_at == not_before else not_before,
        claims.expires_at,
        *verifying.validity(claims),
    )


class SeenTokens:
    """Bounded: the oldest goes. By a digest of the text, which says all that its signature covers, and the signature;
    the text itself would be half of what is kept of a token.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """As in a new process."""
        self._lock = threading.Lock()
        self._seen: OrderedDict[bytes, Seen] = OrderedDict()
        self.characters = 0

    def find(self, token: str) -> Seen | None:
        return self._seen.get(_digest(token))

    def keep(self, claims: VerifiedClaims) -> Seen:
        seen, name, characters = _without_text(claims), _digest(claims.text), len(claims.scope)
        with self._lock:
            if (known := self._seen.pop(name, None)) is not None:
                self.characters -= len(known.scope)
            while self._seen and (len(self._seen) >= MAX_SEEN or self.characters + characters > MAX_CHARACTERS):
                _, oldest = self._seen.popitem(last=False)
                self.characters -= len(oldest.scope)
            self._seen[name] = seen
            self.characters += characters
        return seen


def _digest(token: str) -> bytes:
    """Of whatever characters there are in it."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


tokens: Final = SeenTokens()
"""The process's own."""


def verify_access(unverified_token: str) -> VerifiedClaims:
    """As `verifying.verify_access`, with the signature looked at once."""
    known = tokens.find(unverified_token)
    if known is None or not known.is_current() or not _has_its_key(known):
        known = tokens.keep(verifying.verify_access(unverified_token))
    return known.claims(unverified_token)


def _has_its_key(known: Seen) -> bool:
    return trusted_keys.find(known.key_id, KeyPurpose.ACCESS) is not None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=tokens.forget)
