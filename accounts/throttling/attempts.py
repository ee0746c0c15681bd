"""Admits attempts to prove a password: at most so many failures, however many try at once.

A place is taken before the password is looked at and given back unless it was wrong, so parallel guesses can't slip
through between counting and checking.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache

import structlog
from django.db import DatabaseError, InterfaceError
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string

from accounts.conf import Limit, auth_settings
from accounts.errors import TooManyAttempts
from accounts.models import MailKind
from accounts.principals import Origin
from accounts.throttling.counters import Counters, Full, Place, Reservation
from accounts.throttling.database_counters import DatabaseCounters

log = structlog.get_logger("accounts.throttling")


class Attempt:
    """One try under way. It costs nothing unless `failed` is called."""

    def __init__(self) -> None:
        self._has_failed = False

    def failed(self) -> None:
        self._has_failed = True

    @property
    def is_forgiven(self) -> bool:
        return not self._has_failed


@contextmanager
def attempt(*, account: str, origin: Origin, own_count: Callable[[], str | None]) -> Iterator[Attempt]:
    """A try at `account` (a normalised address, whether or not it exists). TooManyAttempts when a limit is reached.

    Strangers share one count per account. Once it is full, `own_count` says under what name, if any, this caller has a
    count of their own: an owner must not be locked out from afar. Without an address there is none to count.
    """
    limits, places, current = auth_settings.login_limits, _Places(_counters()), Attempt()
    shared = Place(_key("account", account), limits["account"])
    try:
        full = places.take(*_of_address("address", origin=origin, limit=limits["address"]), shared)
        if full is not None and full.key == shared.key and (own := own_count()) is not None:
            full = places.take(Place(_key("account", account, own), limits["account"]))
        _refuse_if(full)
        yield current
    finally:
        if current.is_forgiven:
            places.give_back()


@contextmanager
def asking(kind: MailKind, *, account: str, origin: Origin) -> Iterator[None]:
    """A request that sends a mail to `account`, or makes an account of it. TooManyAttempts when a limit is reached.

    Of each kind there is a count, so that a stranger's wishes for one don't keep the owner from another. Counts unless
    it raises; it has no way to tell whether there is such an account, so the limit can't tell either.
    """
    limits, places = auth_settings.mail_limits, _Places(_counters())
    mailbox = Place(_mails_key(kind, account), limits["account"])
    try:
        _refuse_if(places.take(*_of_address("mails", "address", origin=origin, limit=limits["address"]), mailbox))
        yield
    except BaseException:
        places.give_back()
        raise


def forget(account: str, networks: Iterable[str] = ()) -> None:
    """Whoever gets this address next does not begin with somebody else's failures, from one of these networks neither,
    nor with the mails that were asked for. What can't be forgotten now closes by itself.

    Not within a transaction: Redis is given time to answer.
    """
    failures = (_key("account", account), *(_key("account", account, network) for network in networks))
    mails = (_mails_key(kind, account) for kind in MailKind)
    try:
        _counters().forget(*failures, *mails)
    except (DatabaseError, InterfaceError) as exc:
        log.warning("attempts_not_forgotten", error=type(exc).__name__)


class _Places:
    """Those that one try has taken, the address's first, as everybody's."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._taken: list[Reservation] = []

    def take(self, *places: Place) -> Full | None:
        """What is full, if not all of them were to be had."""
        taken = self._counters.reserve(*places)
        self._taken += taken.reservations
        return taken.full

    def give_back(self) -> None:
        if self._taken:
            self._counters.release(*self._taken)


def _of_address(*name: str, origin: Origin, limit: Limit) -> list[Place]:
    """None without an address: there is none to count."""
    return [Place(_key(*name, origin.network), limit)] if origin.network else []


def _refuse_if(full: Full | None) -> None:
    if full is not None:
        raise TooManyAttempts(retry_after=full.retry_after)


def _mails_key(kind: MailKind, account: str) -> str:
    """ada+1@ and ada+2@ are, with most providers, one mailbox; an address without a name before the plus is itself."""
    local, _, domain = account.rpartition("@")
    return _key("mails", kind, f"{local.partition('+')[0] or local}@{domain}")


def _key(*parts: str) -> str:
    """Keyed, so that neither table nor Redis names whom it counts."""
    return salted_hmac("accounts.throttling", "\n".join(parts), algorithm="sha256").hexdigest()


def _counters() -> Counters:
    return _with_fallback(url) if (url := auth_settings.redis_url) else DatabaseCounters()


@lru_cache(maxsize=2)
def _with_fallback(url: str) -> Counters:
    """By name, since only who has a Redis needs its client, which takes 5 MB of each process."""
    with_fallback: Callable[[str], Counters] = import_string("accounts.throttling.redis_counters.with_fallback")
    return with_fallback(url)
