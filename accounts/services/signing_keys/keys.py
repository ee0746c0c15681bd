"""Sees to it that there are keys to sign with, and tells what is published."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts import audit
from accounts.keys import stored
from accounts.keys.ring import ring
from accounts.models import EventType, KeyPurpose, Outcome, SigningKey
from accounts.models.locks import Lock, hold
from accounts.principals import Origin, System
from accounts.services.signing_keys import key_lives
from accounts.services.transactions import transactional
from accounts.tokens import trusted_keys


def get_ready() -> None:
    """For whoever starts: as `ensure_first_keys`, and KeysUnreadable if any key at all can't be decrypted.

    Who is at work already goes on with the keys that it has, as long as it can sign with them.
    """
    ring.check_readable()
    ensure_first_keys()


def ensure_first_keys() -> None:
    """Make the first keys at first need, once, whatever the number of processes, and note how long what is signed may
    live from now on. Costs nothing once that is done.

    KeysUnreadable when there are keys that can't be decrypted: new ones would sign everybody out.
    """
    if not ring.can_sign():
        # Made before the lock is taken: RSA takes its time, and nobody is to wait for it in a transaction.
        made = {purpose: stored.new_rows(purpose, at=timezone.now()) for purpose in KeyPurpose}
        _keep_first_keys(made)
        ring.reread()
    if not ring.covers_lifetimes():
        key_lives.note_longer()
        ring.reread()


def published() -> list[Mapping[str, Any]]:
    """The members of the JWKS (RFC 7517 section 5). Public halves are in clear, so unreadable keys still stand here."""
    if not trusted_keys.published():
        ensure_first_keys()
    return ring.published()


@transactional
def _keep_first_keys(made: Mapping[KeyPurpose, list[SigningKey]]) -> None:
    """Of two processes that made keys at once, the second finds the first's and drops its own."""
    hold(Lock.KEYS)
    ring.reread()
    if ring.can_sign():
        return
    rows = [row for purpose, keys in made.items() if not ring.has_signing_key(purpose) for row in keys]
    SigningKey.objects.bulk_create(rows)
    audit.record(EventType.KEYS_CREATED, Outcome.SUCCESS, actor=System("first_keys"), origin=Origin(), count=len(rows))
