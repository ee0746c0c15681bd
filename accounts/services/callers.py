"""Who sends a request: by its header, else by a browser's cookie and what guards it, at every door alike."""

from accounts.credentials import Credentials
from accounts.errors import NotAuthenticated, TokenInvalid
from accounts.services import csrf, identification
from accounts.services.identification import Identity, UserIdentity


def find(credentials: Credentials) -> Identity | None:
    """None without a token. Raises what `identify` raises, and CsrfFailed."""
    if credentials.authorization is not None or not credentials.access_cookies:
        return None if (token := credentials.bearer) is None else identification.identify(token)
    return _behind_cookie(credentials)


def identify(credentials: Credentials) -> Identity:
    """The same, but NotAuthenticated without a token."""
    if (identity := find(credentials)) is None:
        raise NotAuthenticated
    return identity


def _behind_cookie(credentials: Credentials) -> UserIdentity:
    if not credentials.is_safe:
        csrf.refuse_foreign(credentials)
    identity = identification.identify(credentials.access_cookie)
    if not isinstance(identity, UserIdentity):
        raise TokenInvalid("A service client's token goes into the Authorization header; cookies are for people.")
    if not credentials.is_safe:
        csrf.require(identity.session, credentials)
    return identity
