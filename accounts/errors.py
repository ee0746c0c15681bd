"""Every refusal of the domain: one class per reason, each with a stable code and a sentence that is safe to show.

The doors turn a code into a status; nothing here knows HTTP. `Refusal` and `Unavailable` themselves are never raised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: `code` is stable and lower_snake, `detail` says what to do."""

    field: str
    code: str
    detail: str


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a mistake of ours
    """A definite "no" with its reason."""

    code: ClassVar[str]
    title: ClassVar[str]
    detail: str = ""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.detail)
        self.detail = detail or self.detail


class Unavailable(Refusal):
    """Not "no", but "not now": `retry_after` says after how many whole seconds to come again."""

    def __init__(self, *, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


class InvalidInput(Refusal):
    code = "invalid_input"
    title = "The input does not fit"
    detail = "Some fields do not fit; see `errors`."

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__()
        self.errors = tuple(errors)


class UnknownField(InvalidInput):
    code = "unknown_field"
    title = "There is no such field"
    detail = "The body names fields that do not exist here, so nothing was taken; see `errors`."


class EmailTaken(Refusal):
    code = "email_taken"
    title = "The address has an account"
    detail = "This e-mail address is in use, or still being deleted; sign in, or use another one."


class RegistrationClosed(Refusal):
    code = "registration_closed"
    title = "Registration is closed"
    detail = "This service takes no registrations; ask its operator for an account."


class InvalidCredentials(Refusal):
    code = "invalid_credentials"
    title = "E-mail or password is wrong"
    detail = "No account matches this e-mail address and password."


class SecondFactorMissing(Refusal):
    code = "second_factor_required"
    title = "A second factor is needed"
    detail = "The password was right; this account also asks for a second factor."


class AccountSuspended(Refusal):
    code = "account_suspended"
    title = "The account is suspended"
    detail = "This account may not sign in at present; its operator can say why."


class EmailNotVerified(Refusal):
    code = "email_not_verified"
    title = "The e-mail address is not verified"
    detail = "The password was right; follow the link in the mail first, or have another one sent."


class InvalidCode(Refusal):
    code = "invalid_code"
    title = "The code is not good"
    detail = "The code is wrong, used, over or not the newest, or the account has changed since; ask for another."


class ClientDisabled(Refusal):
    code = "client_disabled"
    title = "The service client is disabled"
    detail = "The service client behind this token was disabled or removed; its operator can say why."


class InvalidClient(Refusal):
    code = "invalid_client"
    title = "Client id or secret is wrong"
    detail = "No service client matches this id and secret."


class InvalidScope(Refusal):
    code = "invalid_scope"
    title = "The client does not have this scope"
    detail = "The client does not have all the scopes that it asks for."


class UnsupportedTokenType(Refusal):
    code = "unsupported_token_type"
    title = "Tokens of this kind can't be revoked"
    detail = "A service client's token ends by itself; to end them all, disable the client or end its tokens."


class TooManySecrets(Refusal):
    code = "too_many_secrets"
    title = "The client has its secrets"
    detail = "A client has at most two live secrets, so that one can replace the other; revoke one first."


class TooManyAttempts(Unavailable):
    code = "too_many_attempts"
    title = "Too many attempts"
    detail = "Too many attempts; wait as long as Retry-After says."


class Busy(Unavailable):
    code = "busy"
    title = "Too many sign-ins at once"
    detail = "More passwords are being checked than this service takes at once; try again shortly."


class TemporarilyUnavailable(Unavailable):
    code = "temporarily_unavailable"
    title = "This can't be told now"
    detail = "The service can't reach what it needs to answer; nothing was changed, try again shortly."


class NotAuthenticated(Refusal):
    code = "not_authenticated"
    title = "A token is needed"
    detail = "Send an access token: `Authorization: Bearer <access>`."


class PermissionDenied(Refusal):
    code = "permission_denied"
    title = "Not allowed"
    detail = "The caller is known, but may not do this."


class InsufficientScope(PermissionDenied):
    """Names in `scope` what would have sufficed (RFC 6750 section 3.1)."""

    code = "insufficient_scope"
    title = "The token lacks a scope"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This needs a token with the scope `{scope}`.")
        self.scope = scope


class CsrfFailed(Refusal):
    code = "csrf_failed"
    title = "The request does not prove that a page of ours sent it"
    detail = (
        "With cookies, whatever changes something needs the session's CSRF token in X-CSRF-Token: `GET /auth/csrf`."
    )


class NotFound(Refusal):
    code = "not_found"
    title = "There is no such thing"
    detail = "Nothing is found here."


class CursorExpired(Refusal):
    code = "cursor_expired"
    title = "The cursor has expired"
    detail = (
        "The log of notices does not know this position: what follows it was removed by now, or it is of another log. "
        "Start again without a cursor, and take over everything anew."
    )


class TokenInvalid(Refusal):
    code = "token_invalid"
    title = "The token is not one of ours"
    detail = "The token is malformed, unsigned, signed by an unknown key, or made for somebody else."


class TokenExpired(Refusal):
    code = "token_expired"
    title = "The token has expired"
    detail = "The token was good and is over; refresh it."


class TokenTooLarge(Refusal):
    code = "token_too_large"
    title = "The token would be too large"
    detail = (
        "What is told about this account does not fit into a token, so none was made and nothing was changed; the "
        "operator puts the account into fewer groups, or takes claims out of AUTH_ACCESS_CLAIMS."
    )


class WrongTokenType(Refusal):
    code = "wrong_token_type"
    title = "Another kind of token is needed"
    detail = "This is not the kind of token that is taken here: access tokens prove who calls, refresh tokens renew."


class SessionRevoked(Refusal):
    code = "session_revoked"
    title = "The session is over"
    detail = "The session behind this token has ended; sign in again."


class InvalidRefreshToken(Refusal):
    code = "invalid_refresh_token"
    title = "The refresh token is not good"
    detail = "The refresh token is malformed, expired or superseded; use the newest one, or sign in again."


class RefreshTokenReused(Refusal):
    code = "refresh_token_reused"
    title = "The refresh token was used before"

    def __init__(self, used_at: datetime) -> None:
        super().__init__(
            "Each answer carries a new refresh token to store; this one was superseded, the last time at "
            f"{used_at:%Y-%m-%dT%H:%M:%SZ}. The session was ended to be safe; sign in again."
        )


class WrongPassword(Refusal):
    code = "wrong_password"
    title = "The password is wrong"
    detail = "This is not the password of your account."


class KeysUnreadable(Unavailable):
    code = "keys_unreadable"
    title = "The signing keys can't be read"
    detail = (
        "Stored signing keys can't be decrypted: SECRET_KEY or AUTH_KEY_ENCRYPTION_KEYS changed and the old value is "
        "not among the fallbacks. Put it back; no new key is made meanwhile."
    )


def all_refusals() -> list[type[Refusal]]:
    """Every reason there is, each once."""
    found: list[type[Refusal]] = []
    waiting: list[type[Refusal]] = [Refusal]
    while waiting:
        subclasses = waiting.pop().__subclasses__()
        waiting += subclasses
        found += [cls for cls in subclasses if "code" in vars(cls)]
    return sorted(found, key=lambda cls: cls.code)
