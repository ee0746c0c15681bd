"""Keeps the key set for libraries that leave this to their users."""

import time

import requests
from answering import JWKS_URI
from joserfc.jwk import KeySet

KEPT_SECONDS = 300
"""As the answer's own `max-age` says. A key is published for longer than that before it signs."""


class Keys:
    def __init__(self) -> None:
        self._kept: KeySet | None = None
        self._until = 0.0

    def current(self) -> KeySet:
        if self._kept is None or time.monotonic() >= self._until:
            answer = requests.get(JWKS_URI, timeout=5)
            answer.raise_for_status()
            self._kept, self._until = KeySet.import_key_set(answer.json()), time.monotonic() + KEPT_SECONDS
        return self._kept
