"""A place is taken before a password is looked at, and given back unless it was wrong."""

from contextlib import suppress

import pytest
from pytest_django import Settings

from accounts.errors import TooManyAttempts
from accounts.models import AttemptCounter, MailKind
from accounts.principals import Origin
from accounts.tests.support.valkey import Valkey
from accounts.throttling import attempts

pytestmark = pytest.mark.django_db

HOME, AWAY = Origin(address="192.0.2.1"), Origin(address="198.51.100.9")


@pytest.fixture(autouse=True)
def _limits(settings: Settings) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=2/15m,address=5/15m"
    settings.AUTH_MAIL_LIMITS = "account=2/1h,address=5/1h"


def fail(account: str = "ada@example.com", origin: Origin = HOME, *, is_known: bool = False) -> None:
    own = origin.network if is_known else None
    with attempts.attempt(account=account, origin=origin, own_count=lambda: own) as attempt:
        attempt.failed()


def is_refused(account: str = "ada@example.com", origin: Origin = HOME, *, is_known: bool = False) -> bool:
    try:
        with attempts.attempt(account=account, origin=origin, own_count=lambda: origin.network if is_known else None):
            return False
    except TooManyAttempts as refusal:
        return 0 < refusal.retry_after <= 900


def test_only_failures_count() -> None:
    assert [is_refused() for _ in range(10)] == [False] * 10
    fail()
    fail()
    assert is_refused()


def test_what_breaks_while_it_is_looked_at_does_not_count() -> None:
    for _ in range(3):
        with pytest.raises(RuntimeError), attempts.attempt(account="a", origin=HOME, own_count=lambda: None):
            raise RuntimeError
    assert not is_refused("a")


def test_a_failure_counts_also_when_an_error_carries_it_out() -> None:
    for _ in range(2):
        with suppress(RuntimeError), attempts.attempt(account="a", origin=HOME, own_count=lambda: None) as one:
            one.failed()
            raise RuntimeError
    assert is_refused("a")


def test_places_under_way_count_so_that_parallel_guesses_gain_nothing() -> None:
    with (
        attempts.attempt(account="a", origin=HOME, own_count=lambda: None),
        attempts.attempt(account="a", origin=AWAY, own_count=lambda: None),
    ):
        assert is_refused("a")
    assert not is_refused("a")


def test_strangers_share_the_count_of_an_account() -> None:
    for number in range(2):
        fail(origin=Origin(address=f"198.51.100.{number}"))
    assert is_refused(origin=Origin(address="203.0.113.7"))
    assert not is_refused("another@example.com", Origin(address="203.0.113.7"))


def test_a_known_address_has_a_count_of_its_own_so_that_nobody_locks_the_owner_out() -> None:
    fail(origin=AWAY)
    fail(origin=AWAY)
    assert is_refused(origin=AWAY)
    assert not is_refused(origin=HOME, is_known=True)
    fail(is_known=True)
    fail(is_known=True)
    assert is_refused(is_known=True)


def test_an_account_is_forgotten_with_the_networks_that_are_named_and_no_other_account() -> None:
    for account in ("ada@example.com", "another@example.com"):
        for is_known in (False, True):
            for number in range(2):
                fail(account, Origin(address=f"192.0.2.{number}") if not is_known else AWAY, is_known=is_known)
    attempts.forget("ada@example.com", {AWAY.network})
    fail()
    fail()
    assert is_refused()
    assert not is_refused(origin=AWAY, is_known=True)
    assert is_refused("another@example.com", AWAY, is_known=True)


def test_an_address_has_a_limit_over_all_accounts() -> None:
    for number in range(5):
        fail(f"person{number}@example.com")
    assert is_refused("person9@example.com")
    assert is_refused("person9@example.com", is_known=True)
    assert not is_refused("person9@example.com", AWAY)


def test_one_ipv6_network_is_one_party() -> None:
    for number in range(5):
        fail(f"person{number}@example.com", Origin(address=f"2001:db8::{number}"))
    assert is_refused("person9@example.com", Origin(address="2001:db8::ffff"))
    assert not is_refused("person9@example.com", Origin(address="2001:db8:0:1::1"))


def test_a_full_account_takes_no_place_of_the_address() -> None:
    fail()
    fail()
    for _ in range(20):
        assert is_refused()
    assert not is_refused("another@example.com")


def test_the_table_names_nobody() -> None:
    fail()
    assert [len(key) for key in AttemptCounter.objects.values_list("key", flat=True)] == [64, 64]


def test_with_a_url_redis_counts(valkey: Valkey, settings: Settings) -> None:
    settings.REDIS_URL = valkey.url
    fail()
    fail()
    assert is_refused()
    assert not AttemptCounter.objects.exists()
    with valkey.client() as client:
        assert client.dbsize() == 2


def ask(account: str = "ada@example.com", origin: Origin = HOME, *, kind: MailKind = MailKind.RESET_PASSWORD) -> bool:
    try:
        with attempts.asking(kind, account=account, origin=origin):
            return True
    except TooManyAttempts:
        return False


def test_whoever_asks_is_counted_whatever_comes_of_it() -> None:
    assert [ask(origin=AWAY), ask(), ask()] == [True, True, False]


def test_one_network_asks_for_so_many() -> None:
    assert [ask(f"person{n}@example.com") for n in range(6)] == [True] * 5 + [False]
    assert ask("another@example.com", AWAY)
    assert ask("another@example.com", Origin())


def test_what_is_refused_while_it_is_looked_at_was_not_asked() -> None:
    for _ in range(4):
        with (
            pytest.raises(RuntimeError),
            attempts.asking(MailKind.VERIFY_EMAIL, account="ada@example.com", origin=HOME),
        ):
            raise RuntimeError
    assert ask()


def test_asking_and_failing_are_counted_apart() -> None:
    assert [ask(), ask(), ask()] == [True, True, False]
    with attempts.attempt(account="ada@example.com", origin=HOME, own_count=lambda: None):
        pass  # nothing is raised


def test_what_was_asked_for_an_address_is_forgotten_with_it(settings: Settings) -> None:
    settings.AUTH_MAIL_LIMITS = "account=1/1h,address=100/1h"
    assert [(ask(kind=kind), ask(kind=kind)) for kind in MailKind] == [(True, False)] * len(MailKind)
    attempts.forget("ada@example.com")
    assert all(ask(kind=kind) for kind in MailKind)


def test_what_a_stranger_asks_for_keeps_nobody_from_asking_for_something_else() -> None:
    wishes = [ask(kind=MailKind.VERIFY_EMAIL, origin=AWAY) for _ in range(3)]
    assert wishes == [True, True, False]
    assert ask(kind=MailKind.RESET_PASSWORD)


def test_one_mailbox_is_counted_whatever_follows_a_plus() -> None:
    assert [ask(f"ada+{n}@example.com") for n in range(3)] == [True, True, False]
    assert not ask()
    assert ask("ada@example.org")
    assert [ask(f"+{n}@example.com", AWAY) for n in range(3)] == [True] * 3
