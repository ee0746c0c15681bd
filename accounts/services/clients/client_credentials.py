"""Signs service clients in by their own secret, for tokens that speak for themselves (RFC 6749 section 4.4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models.functions import Now

from accounts import audit
from accounts.conf import auth_settings
from accounts.errors import InvalidClient, InvalidScope, TemporarilyUnavailable
from accounts.models import ClientSecret, EventType, Outcome, ServiceClient
from accounts.models.clients import USE_NOTED_EVERY
from accounts.principals import ClientPrincipal, Nobody
from accounts.services.clients import client_secrets
from accounts.services.signing_keys import keys
from accounts.tokens import issuing

RETRY_AFTER_SECONDS: Final = 30
"""An operator has to put the key back."""


@dataclass(frozen=True, slots=True)
class ClientToken:
    """A signed access token, how long it lives in whole seconds, and the scopes in it."""

    access_token: str
    expires_in: int
    scope: str


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A client that has just shown its secret; `at` is now by the database's clock."""

    client: ServiceClient
    at: datetime

    @property
    def principal(self) -> ClientPrincipal:
        """With all of its scopes."""
        return ClientPrincipal(self.client.pk, self.client.epoch, frozenset(self.client.scopes))


def authenticate(unverified_client_id: str, unverified_secret: str) -> Authenticated:
    """Raises InvalidClient, which says that a client is disabled only to who has its secret; TemporarilyUnavailable
    where the SECRET_KEY is gone that would tell.

    Nothing is limited: nobody guesses 256 bits, and a check costs next to nothing.
    """
    secrets = ClientSecret.objects.find_live(unverified_client_id)
    for secret in secrets:
        if client_secrets.matches(unverified_secret, secret.digest):
            if not secret.client.is_active:
                _tell_failure("disabled")
                raise InvalidClient("This client is disabled; its operator can say why.")
            _note_use(secret, unverified_secret)
            return Authenticated(secret.client, secret.read_at)
    if not all(client_secrets.is_readable(secret.digest) for secret in secrets):
        _tell_failure("secret_key_unknown")
        raise TemporarilyUnavailable(retry_after=RETRY_AFTER_SECONDS)
    _tell_failure(InvalidClient.code)
    raise InvalidClient


def issue(authenticated: Authenticated, *, scope: str | None) -> ClientToken:
    """A token with these scopes, separated by spaces, or with all of the client's. Raises InvalidScope.

    A client that was disabled or narrowed meanwhile has another epoch, so that this token is dead already.
    """
    keys.ensure_first_keys()
    client = authenticated.client
    asked = sorted({*(scope or "").split()}) or client.scopes
    if not set(asked) <= set(client.scopes):
        raise InvalidScope
    granted = " ".join(asked)
    token = issuing.issue_for_client(client, scope=granted, at=authenticated.at)
    audit.tell(EventType.CLIENT_SIGN_IN, Outcome.SUCCESS, actor=authenticated.principal)
    return ClientToken(token, int(auth_settings.access_lifetime.total_seconds()), granted)


def _note_use(secret: ClientSecret, unverified_secret: str) -> None:
    """To the hour; and the digest is made anew once SECRET_KEY is another one."""
    is_current = client_secrets.is_under_present_key(secret.digest)
    noted_at = secret.last_used_at
    if is_current and noted_at is not None and secret.read_at - noted_at < USE_NOTED_EVERY:
        return
    digest = secret.digest if is_current else client_secrets.digest(unverified_secret)
    ClientSecret.objects.filter(pk=secret.pk).update(last_used_at=Now(), digest=digest)


def _tell_failure(reason: str) -> None:
    audit.tell(EventType.CLIENT_SIGN_IN, Outcome.FAILURE, actor=Nobody(), reason=reason)
