"""Asks what has become of people, many at once: `POST /users/lookup`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from authservice_connector.credentials import ServiceToken
from authservice_connector.errors import CannotTell
from authservice_connector.transport import Answer, TooLarge, Transport

__all__ = ["Found", "Lookup"]

MALFORMED: Final = "The auth service's answer to POST /users/lookup does not read."


@dataclass(frozen=True, slots=True)
class Found:
    """By what the auth service says of each; `foreign` are no ids of its, `left_out` it says nothing of."""

    users: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    foreign: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()


class Lookup:
    """Thread-safe."""

    def __init__(self, transport: Transport, token: ServiceToken) -> None:
        self._transport, self._token = transport, token

    def ask(self, subjects: Sequence[str]) -> Iterator[Found]:
        """In one answer, or by halves if one is too large, or an id is not taken: so that one is found. CannotTell."""
        token = self._token.get()
        try:
            answer = self._transport.post_json("/users/lookup", {"ids": list(subjects)}, bearer=token)
        except TooLarge:
            yield from self._by_halves(subjects) if len(subjects) > 1 else [Found(left_out=frozenset(subjects))]
            return
        match answer.status:
            case 200:
                yield _found(answer, frozenset(subjects))
            case 400 if len(subjects) > 1:
                yield from self._by_halves(subjects)
            case 400 if not _is_an_id(subjects[0]):
                yield Found(foreign=frozenset(subjects))
            case 401:
                self._token.drop(token)
                raise CannotTell("This service's own token was refused.")
            case 403:
                raise CannotTell("This service's client lacks the scope `users:read`.", retry_after=30)
            case _:
                raise CannotTell(f"The auth service answers {answer.status} to POST /users/lookup.")

    def _by_halves(self, subjects: Sequence[str]) -> Iterator[Found]:
        half = len(subjects) // 2
        yield from self.ask(subjects[:half])
        yield from self.ask(subjects[half:])


def _found(answer: Answer, asked: frozenset[str]) -> Found:
    """Of whom was asked about, and nobody else."""
    try:
        users = {str(each["id"]): each for each in answer.document["users"]}
        deleted, unknown = (asked.intersection(answer.document[name]) for name in ("deleted", "unknown"))
    except (KeyError, TypeError, AttributeError):
        raise CannotTell(MALFORMED) from None
    users = {subject: users[subject] for subject in users if subject in asked}
    return Found(users, deleted, unknown, left_out=asked - users.keys() - deleted - unknown)


def _is_an_id(subject: str) -> bool:
    """Whether it could be the auth service's: then that it is refused says nothing about whose it is."""
    with suppress(ValueError):
        return str(UUID(subject)) == subject
    return False
