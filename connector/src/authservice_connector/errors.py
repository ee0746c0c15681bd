"""What the connector answers instead of claims: a definite "no" with its reason, or that it can't be told now.

The two are never mixed up: on a "no" clients throw their tokens away.
"""

from typing import ClassVar

__all__ = [
    "AccountSuspended",
    "CannotTell",
    "ClientDisabled",
    "NotAuthenticated",
    "Refused",
    "SessionRevoked",
    "TokenExpired",
    "TokenInvalid",
    "WrongTokenType",
    "refusal_of",
]


class Refused(Exception):  # noqa: N818 - an answer, not a mistake of ours
    """A definite "no"; `code` is that of the auth service. Only its subclasses are raised."""

    code: ClassVar[str]
    detail: str = ""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.detail)
        self.detail = detail or self.detail


class NotAuthenticated(Refused):
    code = "not_authenticated"
    detail = "Send an access token: `Authorization: Bearer <access>`."


class TokenInvalid(Refused):
    code = "token_invalid"
    detail = "The token is malformed, signed by an unknown key, or made for somebody else."


class TokenExpired(Refused):
    code = "token_expired"
    detail = "The token was good and is over; refresh it."


class WrongTokenType(Refused):
    code = "wrong_token_type"
    detail = "An access token is needed; refresh tokens are for the auth service alone."


class SessionRevoked(Refused):
    code = "session_revoked"
    detail = "The session behind this token has ended; sign in again."


class AccountSuspended(Refused):
    code = "account_suspended"
    detail = "This account is suspended."


class ClientDisabled(Refused):
    code = "client_disabled"
    detail = "The service client behind this token is disabled."


class CannotTell(Exception):  # noqa: N818
    """Neither yes nor no: 503. `retry_after` says after how many whole seconds to come again."""

    code: ClassVar[str] = "temporarily_unavailable"

    def __init__(self, detail: str, *, retry_after: int = 1) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after


def refusal_of(code: object, detail: str = "") -> Refused | None:
    """What the auth service means by a code; None for one that is not its own."""
    known = {refusal.code: refusal for refusal in Refused.__subclasses__()}
    return known[code](detail) if isinstance(code, str) and code in known else None
