"""What a route of the lane is."""

from typing import NamedTuple, Protocol

from accounts.fastlane.headers import Headers
from accounts.fastlane.plain import Environ


class Answer(NamedTuple):
    """A 200: its body, and the headers that are its own. `looks` is how many standings that memory held it rests on."""

    body: bytes
    headers: Headers = []
    looks: int = 0


class Route(Protocol):
    def is_plain(self, environ: Environ) -> bool:
        """Whether Django's answer depends on nothing that `answer` does not look at. Reads no body."""

    def answer(self, environ: Environ) -> Answer | None:
        """None, or anything raised, for every doubt; a body that was read is back in its place then."""
