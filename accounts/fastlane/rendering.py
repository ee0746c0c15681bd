"""What the lane has to be told by the door in whose place it answers: how that says things, to the byte."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from accounts.models import NoticeType, User
from accounts.principals import Caller
from accounts.services.following.notices import Page
from accounts.services.identification import Identity
from accounts.tokens.issuing import TokenPair


class Rendering(Protocol):
    def verify_opening(self, identity: Identity) -> bytes:
        """The answer to a verify as far as the token says it."""

    def verify_closing(self, user: User | None) -> bytes:
        """The rest; None for a service client's token."""

    def user_of(self, closing: bytes) -> bytes:
        """The user alone, who stands in such a closing."""

    def jwks(self, keys: Sequence[Mapping[str, Any]]) -> tuple[bytes, str]:
        """With its ETag."""

    def client_token(self, authorization: str, form: bytes) -> bytes | None:
        """The answer of the token endpoint; None for whatever it refuses."""

    def token_pair(self, tokens: TokenPair) -> bytes:
        """The answer to a refresh."""

    def empty_page(self, cursor: str) -> bytes:
        """Of notices, with none after the cursor, which is the end of the log."""

    def page(
        self, cursor: str, actor: Caller, *, limit: int | None, types: Collection[NoticeType]
    ) -> tuple[bytes, Page]:
        """Of the notices that follow the cursor; without a limit as many as are given unless told. Raises as
        `notices.read`.
        """
