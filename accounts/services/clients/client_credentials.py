"""Signs service clients in by their own secret, for tokens that speak for themselves (RFC 6749 section 4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.db import DatabaseError, transaction

from accounts import audit, metrics
from accounts.errors import InvalidClient, InvalidScope, TemporarilyUnavailable
from accounts.models import ClientSecret, EventType, Outcome, ServiceClient
from accounts.models.clients import USE_NOTED_EVERY
from accounts.models.moments import Moment
from accounts.principals import ClientPrincipal, Nobody
from accounts.services.clients import client_secrets
from accounts.services.signing_keys import keys
from accounts.tokens import issuing
from accounts.tokens.combining import Combined
from accounts.tokens.issuing import ClientToken

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS: Final = 30
"""An operator has to put the key back."""

_combined: Final = Combined(ClientSecret.objects.find_live)


@dataclass(frozen=True, slots=True)
class Authenticated:
    """A client that has just shown its secret; `at` is now by the database's clock."""

    client: ServiceClient
    at: datetime

    @property
    def principal(self) -> ClientPrincipal:
        """With all of its scopes."""
        return ClientPrincipal(self.client.pk, self.client.epoch, frozenset(self.client.scopes))


def find(unverified_client_id: str, unverified_secret: str) -> Authenticated | None:
    """An active client whose secret this is. None for whoever else, which nobody is told of: see `authenticate`."""
    secret = _matching(_live_secrets(unverified_client_id), unverified_secret)
    return None if secret is None or not secret.client.is_active else _authenticated(secret, unverified_secret)


def authenticate(unverified_client_id: str, unverified_secret: str) -> Authenticated:
    """Raises InvalidClient, which says that a client is disabled only to who has its secret; TemporarilyUnavailable
    where the SECRET_KEY is gone that would tell.

    Nothing is limited: nobody guesses 256 bits, and a check costs next to nothing.
    """
    secrets = _live_secrets(unverified_client_id)
    if (secret := _matching(secrets, unverified_secret)) is not None:
        if not secret.client.is_active:
            _tell_failure("disabled", secret.client_id)
            raise InvalidClient("This client is disabled; its operator can say why.")
        return _authenticated(secret, unverified_secret)
    if not all(client_secrets.is_readable(secret.digest) for secret in secrets):
        _tell_failure("secret_key_unknown", unverified_client_id)
        raise TemporarilyUnavailable(retry_after=RETRY_AFTER_SECONDS)
    if secrets or ServiceClient.objects.named(unverified_client_id).exists():
        _tell_failure(InvalidClient.code, unverified_client_id)
    else:  # no line for whatever a stranger makes up
        metrics.AUDIT_EVENTS.labels(EventType.CLIENT_SIGN_IN, Outcome.FAILURE).inc()
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
    token = issuing.issue_for_client(client, scope=" ".join(asked), at=authenticated.at)
    audit.tell(EventType.CLIENT_SIGN_IN, Outcome.SUCCESS, actor=authenticated.principal)
    return token


def _live_secrets(unverified_client_id: str) -> Sequence[ClientSecret]:
    """Asked of the database each time: what was revoked before somebody came opens nothing to them."""
    return _combined.find(unverified_client_id).value or ()


def _matching(secrets: Sequence[ClientSecret], unverified_secret: str) -> ClientSecret | None:
    return next((each for each in secrets if client_secrets.matches(unverified_secret, each.digest)), None)


def _authenticated(secret: ClientSecret, unverified_secret: str) -> Authenticated:
    _note_use(secret, unverified_secret)
    return Authenticated(secret.client, secret.read_at)


def _note_use(secret: ClientSecret, unverified_secret: str) -> None:
    """To the hour, by one of those who come at once; and the digest is made anew once SECRET_KEY is another one.

    Nobody waits for a row that is held; and where nothing can be written, as on a standby, the secret is right all the
    same.
    """
    is_current = client_secrets.is_under_present_key(secret.digest)
    noted_at = secret.last_used_at
    if is_current and noted_at is not None and secret.read_at - noted_at < USE_NOTED_EVERY:
        return
    anew = {} if is_current else {"digest": client_secrets.digest(unverified_secret)}
    try:
        with transaction.atomic():
            locking = ClientSecret.objects.select_for_update(skip_locked=True, no_key=True)
            free = locking.filter(pk=secret.pk, last_used_at=noted_at)
            ClientSecret.objects.filter(pk__in=free.values("pk")).update(last_used_at=Moment(), **anew)
    except DatabaseError as exc:
        log.warning("client_secret_use_not_noted", client=secret.client_id, error=type(exc).__name__)


def _tell_failure(reason: str, known_client_id: str) -> None:
    audit.tell(EventType.CLIENT_SIGN_IN, Outcome.FAILURE, actor=Nobody(), client=known_client_id, reason=reason)
