"""Who sends a request: by its header, else by a browser's cookie and what guards it, at every door alike."""

from accounts.credentials import Credentials
from accounts.errors import NotAuthenticated, TokenInvalid
from accounts.services import csrf, identification
from accounts.services.identification import Identity, UserIdentity


def find(credentials: Credentials) -> Identity | None:
    """None without a token. Raises what `identify` raises, and CsrfFailed."""
    if (token := credentials.bearer()) is not None:
        return identification.identify(token)
    return _behind_cookie(credentials) if credentials.is_in_cookie_mode else None


def identify(credentials: Credentials) -> Identity:
    """The same, but NotAuthenticated without a token."""
    if (identity := find(credentials)) is None:
        raise NotAuthenticated
    return identity


def _behind_cookie(credentials: Credentials) -> UserIdentity:
    csrf.refuse_foreign_origin(credentials)
    if not credentials.is_safe:
        csrf.refuse_foreign_site(credentials)
    identity = identification.identify(credentials.access_cookie())
    if not isinstance(identity, UserIdentity):
        raise TokenInvalid("A service client's token goes into the Authorization header; cookies are for people.")
    if not credentials.is_safe:
        csrf.require(identity.session, credentials)
    return identity
