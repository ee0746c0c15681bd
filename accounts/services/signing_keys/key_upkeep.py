"""Keeps the stored keys few, and readable under today's first secret: the worker's."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from accounts import audit
from accounts.keys import encryption, stored
from accounts.keys.stored import algorithm_for
from accounts.keys.succession import Succession, succession
from accounts.models import EventType, KeyPurpose, Outcome, SigningKey
from accounts.principals import WORKER, Origin
from accounts.services.transactions import transactional

KEPT_AFTER_USE: Final = timedelta(days=1)  # so that explain_token still knows it
KEPT_AFTER_WITHDRAWAL: Final = timedelta(days=30)
KEPT_UNWANTED: Final = timedelta(days=1)
"""A successor of an algorithm that is not set any more, which has signed nothing."""


def reencrypt() -> int:
    """Encrypt anew what the first of today's secrets does not open; how many. What none opens stays as it is."""
    rows = SigningKey.objects.order_by("pk")
    old = [row for row in rows if not encryption.is_under_first(row.private_jwk_encrypted)]
    return _reencrypt_all(old) if old else 0


def remove_spent() -> int:
    """Remove keys that nothing alive was signed with; how many. What none of today's secrets opens stays as it is."""
    if (now := SigningKey.objects.find_database_time()) is None:
        return 0
    keys = [key for key in stored.read_standing() if key.is_readable]
    withdrawn = SigningKey.objects.filter(withdrawn_at__lt=now - KEPT_AFTER_WITHDRAWAL)
    spent = [key.kid for key in keys if not key.is_kept_at(now - KEPT_AFTER_USE)]
    spent += [row.kid for row in withdrawn if encryption.opens(row.private_jwk_encrypted)]
    unwanted = [kid for purpose in KeyPurpose for kid in _unwanted(succession(keys, purpose, at=now))]
    return _remove(spent, unwanted) if spent or unwanted else 0


@transactional
def _reencrypt_all(rows: Sequence[SigningKey]) -> int:
    if done := sum(_reencrypt(row) for row in rows):
        audit.record(EventType.KEYS_REENCRYPTED, Outcome.SUCCESS, actor=WORKER, origin=Origin(), count=done)
    return done


@transactional
def _remove(spent: Sequence[str], unwanted: Sequence[str]) -> int:
    removed, _ = SigningKey.objects.filter(pk__in=spent).delete()
    dropped, _ = SigningKey.objects.filter(pk__in=unwanted, signing_from__isnull=True).delete()
    if done := removed + dropped:
        audit.record(EventType.KEYS_REMOVED, Outcome.SUCCESS, actor=WORKER, origin=Origin(), count=done)
    return done


def _reencrypt(row: SigningKey) -> bool:
    """Not if somebody else has done so meanwhile."""
    if encryption.is_under_first(row.private_jwk_encrypted) or not encryption.opens(row.private_jwk_encrypted):
        return False
    unchanged = SigningKey.objects.filter(pk=row.kid, private_jwk_encrypted=row.private_jwk_encrypted)
    return bool(unchanged.update(private_jwk_encrypted=encryption.renew(row.private_jwk_encrypted)))


def _unwanted(found: Succession) -> list[str]:
    """Successors of another algorithm than the one that is set and signs."""
    wanted = algorithm_for(found.purpose)
    if found.current is None or found.current.algorithm != wanted:
        return []
    old = [key for key in found.successors if key.published_at < found.at - KEPT_UNWANTED]
    return [key.kid for key in old if key.algorithm != wanted]
