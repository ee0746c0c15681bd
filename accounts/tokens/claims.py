"""What our tokens say: the access token of RFC 9068, and the refresh token that only this service reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from accounts.principals import Caller
from accounts.tokens import compact

ACCESS_TYP: Final = "at+jwt"  # RFC 9068 section 2.1
REFRESH_TYP: Final = "rt+jwt"


@dataclass(frozen=True, slots=True)
class VerifiedClaims:
    """Claims of an access token whose signature, type, issuer, audience and dates hold. Made by `verifying` alone.

    Whether what is behind it still stands is another question, which `standing` answers.
    """

    principal: Caller
    key_id: str
    client_id: str
    scope: str
    issued_at: int
    not_before: int
    expires_at: int
    text: str = field(repr=False)

    @property
    def payload(self) -> Mapping[str, Any]:
        """All that the token says. Taken apart each time: kept, it would be most of what is kept of a token."""
        return compact.payload_of(self.text)


@dataclass(frozen=True, slots=True)
class RefreshClaims:
    """Claims of a refresh token: believed once its signature over the session's secret holds."""

    subject: UUID
    session_id: UUID
    generation: int
    issued_at: int
    expires_at: int
