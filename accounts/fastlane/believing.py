"""Whether a token holds at this moment."""

from typing import Final, NamedTuple, assert_never

from django.db import close_old_connections

from accounts.fastlane.plain import Environ
from accounts.models import KeyPurpose, ServiceClient
from accounts.models.sessions import KeptSession
from accounts.principals import Caller, ClientPrincipal, UserPrincipal
from accounts.services.identification import ClientIdentity, Identity, UserIdentity
from accounts.tokens import seen, standing, trusted_keys, verifying
from accounts.tokens.seen import Seen

SCHEME: Final = "Bearer "


class Believed(NamedTuple):
    """A token that holds, and what stands behind it: shared, not to be changed. `looks`: as in `Answer`."""

    token: str
    seen: Seen
    standing: KeptSession | ServiceClient
    looks: int

    def identity(self) -> Identity:
        """As the services know it."""
        claims = self.seen.claims(self.token)
        if isinstance(self.standing, KeptSession) and isinstance(claims.principal, UserPrincipal):
            return UserIdentity(claims, claims.principal, self.standing.session())
        if isinstance(self.standing, ServiceClient) and isinstance(claims.principal, ClientPrincipal):
            return ClientIdentity(claims, claims.principal, self.standing)
        raise TypeError("A person has a session, a service client its row.")


def shown_token(environ: Environ) -> str:
    """Of `Authorization: Bearer <token>` as programs write it; empty for whatever else there is."""
    authorization: str = environ.get("HTTP_AUTHORIZATION") or ""
    return authorization[len(SCHEME) :] if authorization.startswith(SCHEME) else ""


def believe(token: str) -> Believed | None:
    """None is no “no”: Django is to be asked, as for whatever `verify_access` and `standing` raise."""
    if (known := _verified(token)) is None:
        return None
    principal = known.principal
    if (kept := _kept(principal)) is not None:
        return Believed(token, known, kept, looks=1)
    return Believed(token, known, _asked(principal), looks=0)


def _verified(token: str) -> Seen | None:
    """The signature once; dates and key each time."""
    if (known := seen.tokens.find(token)) is None:
        close_old_connections()  # the ring may have to be read
        return seen.tokens.keep(verifying.verify_access(token))
    if not known.is_current() or trusted_keys.find_kept(known.key_id, KeyPurpose.ACCESS) is None:
        return None
    return known


def _kept(principal: Caller) -> KeptSession | ServiceClient | None:
    match principal:
        case UserPrincipal(user_id=user_id, session_id=session_id):
            return standing.kept_session(user_id=user_id, session_id=session_id)
        case ClientPrincipal(client_id=client_id, epoch=epoch):
            return standing.kept_client(client_id=client_id, epoch=epoch)
        case _:
            assert_never(principal)


def _asked(principal: Caller) -> KeptSession | ServiceClient:
    """Of the database, and then remembered, which counts itself. Left to Django, the signature would be checked again,
    at the price of the query.
    """
    close_old_connections()  # as each of Django's requests begins: what is asked next checks the connection
    match principal:
        case UserPrincipal(user_id=user_id, session_id=session_id):
            return standing.shared_session(user_id=user_id, session_id=session_id)
        case ClientPrincipal(client_id=client_id, epoch=epoch):
            return standing.shared_client(client_id=client_id, epoch=epoch)
        case _:
            assert_never(principal)
