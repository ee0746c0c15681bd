"""Ends what a token stands for, at the wish of who holds it (RFC 7009)."""

from accounts.errors import InvalidRefreshToken, TokenInvalid, UnsupportedTokenType, WrongTokenType
from accounts.principals import Caller, ClientPrincipal, Origin
from accounts.services import refreshing, sign_out
from accounts.services.sign_out import LogoutScope
from accounts.tokens import verifying


def revoke(unverified_token: str, *, origin: Origin) -> None:
    """A person's access token, also when it is expired, or refresh token, of any generation, ends its session. What is
    no token of ours, or over, is no error. Raises UnsupportedTokenType for a service client's; Unavailable if unsure.
    """
    match _find_holder(unverified_token):
        case None:
            return
        case ClientPrincipal():
            raise UnsupportedTokenType
        case person:
            sign_out.end(person, scope=LogoutScope.THIS, origin=origin)


def _find_holder(unverified_token: str) -> Caller | None:
    try:
        return verifying.past_or_present_holder(unverified_token)
    except WrongTokenType:
        return _find_holder_of_refresh(unverified_token)
    except TokenInvalid:
        return None


def _find_holder_of_refresh(unverified_token: str) -> Caller | None:
    try:
        return refreshing.holder(unverified_token)
    except InvalidRefreshToken:
        return None
