"""Lets the next key sign: by age, by command, or at once because one is compromised."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit
from accounts.errors import KeysUnreadable, NotFound
from accounts.keys import stored
from accounts.keys.succession import HEARD_HERE_AFTER, OVERLAP, Succession, known_at, succession
from accounts.models import EventType, KeyPurpose, NoticeType, Outcome, SigningKey
from accounts.models.locks import Lock, hold
from accounts.notices import log
from accounts.principals import WORKER, Origin, Principal
from accounts.services import authorisation
from accounts.services.authorisation import Action
from accounts.services.transactions import transactional

SHORTEST_NAME: Final = 8
"""Characters of a kid, as lists show it."""

NOWHERE: Final = Origin()
"""Where commands and the worker come from."""

logger = structlog.get_logger("accounts.keys")


@dataclass(frozen=True, slots=True)
class Rotated:
    """The key that signs now, by `at`; every verifier has had time to learn of it by `known_at`."""

    kid: str
    at: datetime
    known_at: datetime

    @property
    def is_known(self) -> bool:
        return self.known_at <= self.at


@dataclass(frozen=True, slots=True)
class TooEarly:
    """The next key is published, and every verifier will have had time to learn of it by `known_at`."""

    kid: str
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """`relieved_by` is None if the key did not sign."""

    kid: str
    purpose: KeyPurpose
    relieved_by: Rotated | None


def rotate(purpose: KeyPurpose, *, at_once: bool, actor: Principal, origin: Origin = NOWHERE) -> Rotated | TooEarly:
    """At once: even if the next key is not known everywhere. KeysUnreadable if a key can't be decrypted; NotFound
    before there are any; what `authorisation.require` raises.
    """
    authorisation.require(Action.ROTATE_KEYS, actor=actor)
    return _rotate(stored.new_row(purpose, at=timezone.now()), at_once=at_once, actor=actor, origin=origin)


def rotate_due() -> int:
    """The worker's: publish what is missing, rotate what has come of age or is to sign with another algorithm."""
    return sum(_attend(purpose) for purpose in KeyPurpose)


def withdraw(name: str, *, actor: Principal, origin: Origin = NOWHERE) -> Withdrawn:
    """`name` is a kid or the beginning of one. NotFound unless it names one key that is not withdrawn; what
    `authorisation.require` raises.
    """
    authorisation.require(Action.WITHDRAW_KEY, actor=actor)
    row = _named(name)
    return _withdraw(row.kid, stored.new_row(KeyPurpose(row.purpose), at=timezone.now()), actor=actor, origin=origin)


def _attend(purpose: KeyPurpose) -> bool:
    """Whether there was something to do. Looks without the lock first: there hardly ever is."""
    try:
        found = _succession(purpose)
        return _is_due(found) and _succeed(stored.new_row(purpose, at=timezone.now()))
    except KeysUnreadable as refusal:
        logger.warning(refusal.code, purpose=str(purpose))
        return False


def _is_due(found: Succession | None) -> bool:
    return found is not None and (found.due is not None or found.intended is None)


@transactional
def _succeed(spare: SigningKey) -> bool:
    hold(Lock.KEYS)
    found = _succession(KeyPurpose(spare.purpose))
    if found is None or not _is_due(found):
        return False
    if found.due is not None:
        _promote(found.due.kid, found.due.published_at, found, actor=WORKER, origin=NOWHERE)
    _fill_up(spare, actor=WORKER, origin=NOWHERE)
    return True


@transactional
def _rotate(spare: SigningKey, *, at_once: bool, actor: Principal, origin: Origin) -> Rotated | TooEarly:
    hold(Lock.KEYS)
    found = _succession(KeyPurpose(spare.purpose))
    if found is None:
        raise NotFound("There are no keys yet; `manage.py ensure_keys` makes the first ones.")
    key = found.safest if at_once else found.intended
    if key is not None and (at_once or found.is_known(key)):
        rotated = _promote(key.kid, key.published_at, found, actor=actor, origin=origin)
        _fill_up(spare, actor=actor, origin=origin)
        return rotated
    _fill_up(spare, actor=actor, origin=origin)
    following = key or spare
    return TooEarly(following.kid, known_at(following.published_at))


@transactional
def _withdraw(kid: str, spare: SigningKey, *, actor: Principal, origin: Origin) -> Withdrawn:
    """Also while others can't be decrypted: none is made then, and what is compromised has to go."""
    hold(Lock.KEYS)
    purpose = KeyPurpose(spare.purpose)
    if not SigningKey.objects.standing().filter(pk=kid).update(withdrawn_at=Now()):
        raise NotFound(f"{kid} is withdrawn already.")
    log.append(NoticeType.KEYS_CHANGED, kid, stage="withdrawn")
    audit.record(EventType.KEYS_WITHDRAWN, Outcome.SUCCESS, actor=actor, origin=origin, kid=kid, purpose=purpose)
    return Withdrawn(kid, purpose, _relieve(purpose, spare, actor=actor, origin=origin))


def _relieve(purpose: KeyPurpose, spare: SigningKey, *, actor: Principal, origin: Origin) -> Rotated | None:
    """Another signs if the withdrawn key did, and the place of the one to come is taken again."""
    keys = stored.read_standing()
    found = succession(keys, purpose, at=_database_time())
    may_make = all(key.is_readable for key in keys)
    relieved_by: Rotated | None = None
    if found.current is None and found.safest is not None:
        relieved_by = _promote(found.safest.kid, found.safest.published_at, found, actor=actor, origin=origin)
    elif found.current is None and may_make:  # the worker publishes the one after it
        _publish(spare, found.at, actor=actor, origin=origin)
        return _promote(spare.kid, spare.published_at, found, actor=actor, origin=origin)
    if may_make:
        _fill_up(spare, actor=actor, origin=origin)
    return relieved_by


def _succession(purpose: KeyPurpose) -> Succession | None:
    """None before there are keys. KeysUnreadable if any can't be decrypted: none is made then, and none relieved."""
    keys = stored.read_standing()
    if not all(key.is_readable for key in keys):
        raise KeysUnreadable(retry_after=30)
    return succession(keys, purpose, at=_database_time()) if keys else None


def _promote(kid: str, published_at: datetime, found: Succession, *, actor: Principal, origin: Origin) -> Rotated:
    """It signs from now on, and whatever signs today goes on until every process has heard of that."""
    begin = max(found.at, published_at + HEARD_HERE_AFTER)
    own = SigningKey.objects.standing().filter(purpose=found.purpose)
    own.filter(signing_from__isnull=False, signing_until__isnull=True).update(signing_until=begin + OVERLAP)
    own.filter(pk=kid).update(signing_from=begin)
    log.append(NoticeType.KEYS_CHANGED, kid, stage="signing")
    audit.record(
        EventType.KEYS_ROTATED, Outcome.SUCCESS, actor=actor, origin=origin, kid=kid, purpose=str(found.purpose)
    )
    return Rotated(kid, found.at, known_at(published_at))


def _fill_up(spare: SigningKey, *, actor: Principal, origin: Origin) -> None:
    """There is always one published that does not sign yet, of the algorithm that is set."""
    waiting = SigningKey.objects.standing().filter(purpose=spare.purpose, signing_from__isnull=True)
    if not waiting.filter(algorithm=spare.algorithm).exists():
        _publish(spare, _database_time(), actor=actor, origin=origin)


def _publish(spare: SigningKey, at: datetime, *, actor: Principal, origin: Origin) -> None:
    spare.published_at = at
    spare.save(force_insert=True)
    log.append(NoticeType.KEYS_CHANGED, spare.kid, stage="published")
    audit.record(EventType.KEYS_CREATED, Outcome.SUCCESS, actor=actor, origin=origin, kid=spare.kid, count=1)


def _named(name: str) -> SigningKey:
    """In Python: SQLite does not tell upper from lower case where it compares beginnings."""
    found = [row for row in SigningKey.objects.standing() if row.kid.startswith(name)]
    if len(name) < SHORTEST_NAME or len(found) != 1:
        raise NotFound(
            f"{name!r} names no key, or several; --list shows those there are. Withdrawn ones can't be named."
        )
    return found[0]


def _database_time() -> datetime:
    """Without keys it is not asked for."""
    if (at := SigningKey.objects.find_database_time()) is None:
        raise AssertionError("There are keys.")
    return at
