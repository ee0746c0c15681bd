"""People who refresh and services that verify, while the keys change under them."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

import jwt
from django.db.models import F

from accounts.models import KeyPurpose, SigningKey
from accounts.tests.races import people
from accounts.tests.support import forging
from accounts.tests.support.factories import Tokens
from accounts.tests.support.processes import Server


class Verifier(Protocol):
    """Another service that verifies by itself, with keys that it keeps as long as it likes to."""

    def believes(self, access: str) -> bool: ...


class Outside:
    """A verifier with PyJWT's client and its own caching."""

    def __init__(self, server: Server) -> None:
        self._client = jwt.PyJWKClient(f"{server.url}/.well-known/jwks.json")

    def believes(self, access: str) -> bool:
        try:
            key = self._client.get_signing_key_from_jwt(access)
            jwt.decode(access, key, algorithms=["ES256"], audience="fleet")
        except jwt.PyJWTError:
            return False
        return True

    def pass_time(self, by: timedelta) -> None:
        """What it has fetched is so much older."""
        cache, fetched_at = self._client.jwk_set_cache, self._client._last_successful_fetch
        assert cache is not None
        assert cache.jwk_set_with_timestamp is not None
        assert fetched_at is not None
        cache.jwk_set_with_timestamp.timestamp -= by.total_seconds()
        self._client._last_successful_fetch = fetched_at - by.total_seconds()


class Fleet:
    """Refreshes at one server in turn and has every token verified by all servers, and from outside."""

    def __init__(self, servers: Sequence[Server], outside: Sequence[Verifier], email: str) -> None:
        self._servers, self._outside, self._email = servers, outside, email
        self._is_over = threading.Event()
        self.kids: set[tuple[int, str]] = set()
        """By which server, and by which of its keys, tokens were signed."""
        self.refused: list[str] = []
        self.turns = 0

    def run(self) -> None:
        tokens = people.sign_in(self._servers[0], self._email)
        while not self._is_over.is_set():
            index = self.turns % len(self._servers)
            answer = people.refresh(self._servers[index], tokens.refresh)
            if answer.status != 200:
                self.refused.append(f"refresh: {answer}")
                return
            before, tokens = tokens, people.tokens_of(answer)
            self.kids.add((index, forging.header_of(tokens.access)["kid"]))
            self._verify(before)
            self._verify(tokens)
            self.turns += 1

    def _verify(self, tokens: Tokens) -> None:
        for server in self._servers:
            answer = people.verify(server, tokens.access)
            if answer.status != 200:
                self.refused.append(f"verify: {answer}")
        for verifier in self._outside:
            if not verifier.believes(tokens.access):
                self.refused.append(f"{verifier}: {forging.header_of(tokens.access)}")

    def stop(self) -> None:
        self._is_over.set()


@contextmanager
def at_work(servers: Sequence[Server], outside: Sequence[Verifier], *, emails: Sequence[str]) -> Iterator[list[Fleet]]:
    """A thread for each of the people until the end of the block; AssertionError if one of them broke."""
    fleets = [Fleet(servers, outside, email) for email in emails]
    threads = [threading.Thread(target=fleet.run) for fleet in fleets]
    for thread in threads:
        thread.start()
    try:
        yield fleets
    finally:
        for fleet in fleets:
            fleet.stop()
        for thread in threads:
            thread.join()


def signing_kid(purpose: KeyPurpose = KeyPurpose.ACCESS) -> str:
    return (
        SigningKey.objects.standing().get(purpose=purpose, signing_from__isnull=False, signing_until__isnull=True).kid
    )


def pass_time(by: timedelta) -> None:
    """All keys are so much older."""
    SigningKey.objects.update(
        published_at=F("published_at") - by, signing_from=F("signing_from") - by, signing_until=F("signing_until") - by
    )
