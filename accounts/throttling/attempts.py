"""Admits attempts to prove a password: at most so many failures, however many try at once.

A place is taken before the password is looked at and given back unless it was wrong, so parallel guesses can't slip
through between counting and checking.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache

import structlog
from django.db import DatabaseError, InterfaceError
from django.utils.crypto import salted_hmac

from accounts.conf import Limit, auth_settings
from accounts.errors import TooManyAttempts
from accounts.models import MailKind
from accounts.principals import Origin
from accounts.throttling import redis_counters
from accounts.throttling.counters import Counters, DatabaseCounters, Full

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
    limits, counters = auth_settings.login_limits, _counters()
    with ExitStack() as places:
        if origin.network:
            _take(counters, _key("address", origin.network), limits["address"], places)
        try:
            _take(counters, _key("account", account), limits["account"], places)
        except TooManyAttempts:
            if (own := own_count()) is None:
                raise
            _take(counters, _key("account", account, own), limits["account"], places)
        current = Attempt()
        try:
            yield current
        finally:
            if not current.is_forgiven:
                places.pop_all()


@contextmanager
def asking(kind: MailKind, *, account: str, origin: Origin) -> Iterator[None]:
    """A request that sends a mail to `account`, or makes an account of it. TooManyAttempts when a limit is reached.

    Of each kind there is a count, so that a stranger's wishes for one don't keep the owner from another. Counts unless
    it raises; it has no way to tell whether there is such an account, so the limit can't tell either.
    """
    limits, counters = auth_settings.mail_limits, _counters()
    with ExitStack() as places:
        if origin.network:
            _take(counters, _key("mails", "address", origin.network), limits["address"], places)
        _take(counters, _mails_key(kind, account), limits["account"], places)
        yield
        places.pop_all()


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


def _take(counters: Counters, key: str, limit: Limit, places: ExitStack) -> None:
    """Take a place and leave word in `places` to give it back."""
    taken = counters.reserve(key, limit)
    if isinstance(taken, Full):
        raise TooManyAttempts(retry_after=taken.retry_after)
    places.callback(counters.release, taken)


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
    return redis_counters.CountersWithFallback(redis_counters.RedisCounters(url), DatabaseCounters())
