"""Sees to it that there are keys to sign with, and tells what is published."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts import audit
from accounts.keys import ring as key_ring
from accounts.keys.ring import ring
from accounts.models import EventType, KeyPurpose, Outcome, SigningKey
from accounts.models.locks import Lock, hold
from accounts.principals import Origin, System
from accounts.services.transactions import transactional


def ensure_first_keys() -> None:
    """Make the first keys at first need, once, whatever the number of processes. Costs nothing once they exist.

    KeysUnreadable when there are keys that can't be decrypted: new ones would sign everybody out.
    """
    if not ring.can_sign():
        _make_first_keys()
        ring.forget()


def published() -> list[Mapping[str, Any]]:
    """The members of the JWKS (RFC 7517 section 5). Public halves are in clear, so unreadable keys still stand here."""
    if not ring.published():
        ensure_first_keys()
    return ring.published()


@transactional
def _make_first_keys() -> None:
    hold(Lock.FIRST_KEYS)
    ring.forget()
    if ring.can_sign():
        return
    now = timezone.now()
    rows = [
        row for purpose in KeyPurpose if not ring.has_signing_key(purpose) for row in key_ring.new_rows(purpose, at=now)
    ]
    SigningKey.objects.bulk_create(rows)
    audit.record(EventType.KEYS_CREATED, Outcome.SUCCESS, actor=System("first_keys"), origin=Origin(), count=len(rows))
