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
    """Neither yes nor no: 503. `retry_after` says after how many whole seconds to come again.

    `detail` is for callers. Why, `str` says, which is for whoever runs the service and for nobody else.
    """

    code: ClassVar[str] = "temporarily_unavailable"
    detail: ClassVar[str] = "Who is calling can't be told at the moment; try again shortly."

    def __init__(self, cause: str, *, retry_after: int = 1) -> None:
        super().__init__(cause)
        self.retry_after = retry_after


def refusal_of(code: object, detail: str = "") -> Refused | None:
    """What the auth service means by a code of its answer to a call that had a token; None for one that is not its own.

    Nor is `not_authenticated` a “no” to that token: it never got there, since something on the way takes it off.
    """
    known = {refusal.code: refusal for refusal in Refused.__subclasses__() if refusal is not NotAuthenticated}
    return known[code](detail) if isinstance(code, str) and code in known else None
