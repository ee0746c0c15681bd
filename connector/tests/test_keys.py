"""Keys are fetched when that is due, never at a stranger's pleasure, and forgotten when they are gone."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from authservice_connector import keys as room
from authservice_connector.errors import CannotTell, TokenInvalid
from authservice_connector.keys import MAX_AGE_SECONDS, STALE_SECONDS, UNKNOWN_KID_SECONDS, KeySet

from tests.issuing import Fetch, Key, Later, jwks

LONG_AGO = int(time.time()) - 3600


def find(keys: KeySet, kid: str, *, issued_at: int = LONG_AGO) -> str:
    return keys.find(kid, unverified_issued_at=issued_at).kid


def test_keys_are_fetched_at_first_need_and_kept(key: Key, later: Later) -> None:
    fetch = Fetch(jwks(key))
    keys = KeySet(fetch)
    assert fetch.count == 0
    for _ in range(3):
        assert find(keys, key.kid) == key.kid
        later(MAX_AGE_SECONDS / 4)
    assert fetch.count == 1
    later(MAX_AGE_SECONDS)
    find(keys, key.kid)
    assert fetch.count == 2


def test_strangers_cause_one_fetch_in_half_a_minute(key: Key, later: Later) -> None:
    fetch = Fetch(jwks(key))
    keys = KeySet(fetch)
    find(keys, key.kid)
    for number in range(100):
        with pytest.raises(TokenInvalid):
            find(keys, f"made-up-{number}")
    assert fetch.count == 2
    later(UNKNOWN_KID_SECONDS)
    with pytest.raises(TokenInvalid):
        find(keys, "made-up")
    assert fetch.count == 3


def test_a_new_key_is_known_within_half_a_minute(key: Key, later: Later) -> None:
    fetch, new = Fetch(jwks(key)), Key()
    keys = KeySet(fetch)
    find(keys, key.kid)
    with pytest.raises(TokenInvalid):
        find(keys, "made-up")  # by which a stranger has used up the fetch
    fetch.document = jwks(key, new)
    with pytest.raises(CannotTell) as exc:
        find(keys, new.kid, issued_at=int(time.time()))
    assert 1 <= exc.value.retry_after <= 30
    later(UNKNOWN_KID_SECONDS)
    assert find(keys, new.kid, issued_at=int(time.time())) == new.kid


def test_no_set_no_answer(key: Key) -> None:
    keys = KeySet(Fetch(CannotTell("down")))
    for _ in range(2):
        with pytest.raises(CannotTell):
            find(keys, key.kid)


def test_a_queue_of_callers_does_not_try_one_by_one(key: Key) -> None:
    fetch = Fetch(CannotTell("down"))
    keys = KeySet(fetch)
    for _ in range(10):
        with pytest.raises(CannotTell):
            find(keys, key.kid)
    assert fetch.count == 1


class Hanging(Fetch):
    """Waits until it is let, and fails."""

    def __init__(self, later: Later) -> None:
        super().__init__(CannotTell("hung"))
        self.began, self.may_end, self._later = threading.Event(), threading.Event(), later

    def __call__(self) -> Mapping[str, Any]:
        self.began.set()
        assert self.may_end.wait(20)
        self._later(2.0)
        return super().__call__()


def in_threads(number: int, call: Callable[[], object]) -> tuple[list[threading.Thread], list[object]]:
    outcomes: list[object] = []

    def run() -> None:
        try:
            outcomes.append(call())
        except (CannotTell, TokenInvalid) as exc:
            outcomes.append(type(exc))

    threads = [threading.Thread(target=run, daemon=True) for _ in range(number)]
    for thread in threads:
        thread.start()
    return threads, outcomes


def join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()


def test_who_waited_for_a_fetch_that_timed_out_does_not_begin_another_one(key: Key, later: Later) -> None:
    """It failed when it ended, not when it began: else each of them would wait as long again, one behind the other."""
    fetch = Hanging(later)
    keys = KeySet(fetch)
    threads, outcomes = in_threads(6, lambda: find(keys, key.kid))
    assert fetch.began.wait(5)
    time.sleep(0.1)  # the others are waiting
    fetch.may_end.set()
    join(threads)
    assert outcomes == [CannotTell] * 6
    assert fetch.count == 1
    later(1.0)
    fetch.document = jwks(key)
    assert find(keys, key.kid) == key.kid


@pytest.mark.parametrize("call", ["find", "refetch"])
def test_nobody_waits_for_ever_for_somebody_elses_fetch(
    key: Key, later: Later, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    assert 2.0 < room.WAIT_SECONDS <= 2.5  # a fetch may take 2 s
    monkeypatch.setattr(room.KeySet._turn, "__kwdefaults__", {"wait_seconds": 0.05})
    fetch = Hanging(later)
    keys = KeySet(fetch)
    first, _ = in_threads(1, lambda: find(keys, key.kid))
    assert fetch.began.wait(5)
    others, outcomes = in_threads(3, lambda: find(keys, key.kid) if call == "find" else keys.refetch())
    join(others)
    assert outcomes == [CannotTell] * 3
    fetch.may_end.set()
    join(first)


def test_while_an_old_set_serves_one_tries_and_nobody_waits_for_it(key: Key, later: Later) -> None:
    fetch = Hanging(later)
    keys = KeySet(Fetch(jwks(key)))
    find(keys, key.kid)
    keys._fetch = fetch
    later(MAX_AGE_SECONDS + 1)
    first, outcomes = in_threads(1, lambda: find(keys, key.kid))
    assert fetch.began.wait(5)
    for _ in range(10):
        began = time.monotonic()
        assert find(keys, key.kid) == key.kid
        assert time.monotonic() - began < 1
    fetch.may_end.set()
    join(first)
    assert outcomes == [key.kid]
    fetch.began.clear()
    for _ in range(19):  # what has just taken its time takes nobody else's
        assert find(keys, key.kid) == key.kid
        later(1.0)
    assert fetch.count == 1
    assert not fetch.began.is_set()
    later(2.0)
    assert find(keys, key.kid) == key.kid
    assert fetch.count == 2


def test_an_old_set_serves_on_while_no_other_can_be_had(key: Key, later: Later) -> None:
    fetch = Fetch(jwks(key))
    keys = KeySet(fetch)
    find(keys, key.kid)
    fetch.document = CannotTell("down")
    later(MAX_AGE_SECONDS + 1)
    assert find(keys, key.kid) == key.kid
    later(STALE_SECONDS)
    with pytest.raises(CannotTell):
        find(keys, key.kid)
    fetch.document = jwks(key)
    later(2)
    assert find(keys, key.kid) == key.kid


def test_a_key_that_is_gone_is_gone(key: Key) -> None:
    fetch, other = Fetch(jwks(key)), Key()
    keys = KeySet(fetch)
    found = keys.find(key.kid, unverified_issued_at=LONG_AGO)
    fetch.document = jwks(other)
    keys.refetch()
    assert not keys.holds(found)
    with pytest.raises(TokenInvalid):
        find(keys, key.kid)


def test_a_key_that_stays_goes_on_to_hold(key: Key) -> None:
    keys = KeySet(Fetch(jwks(key)))
    found = keys.find(key.kid, unverified_issued_at=LONG_AGO)
    keys.refetch()
    assert keys.holds(found)


def test_another_key_under_an_old_name_does_not_inherit(key: Key) -> None:
    fetch = Fetch(jwks(key))
    keys = KeySet(fetch)
    found = keys.find(key.kid, unverified_issued_at=LONG_AGO)
    fetch.document = jwks(Key(kid=key.kid))
    keys.refetch()
    assert not keys.holds(found)


@pytest.mark.parametrize(
    "document", [{}, {"keys": None}, {"keys": {}}, {"keys": []}, {"keys": [{"kid": "x", "alg": "HS256"}]}]
)
def test_what_is_no_key_set_changes_nothing(key: Key, document: dict[str, Any]) -> None:
    fetch = Fetch(jwks(key))
    keys = KeySet(fetch)
    found = keys.find(key.kid, unverified_issued_at=LONG_AGO)
    fetch.document = document
    with pytest.raises(CannotTell):
        keys.refetch()
    assert keys.holds(found)


@pytest.mark.parametrize(
    "entry",
    [
        {"kty": "oct", "k": "AAAA", "kid": "x", "alg": "HS256"},
        {"kty": "EC", "crv": "P-256", "kid": "x", "alg": "ES256"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "x", "alg": "ES256"},
        {"kid": "x"},
        {"kty": "RSA", "n": 7, "e": "AQAB", "kid": "x", "alg": "RS256"},
        {"kty": "EC", "kid": "x", "alg": ["ES256"]},
        {"kty": "EC", "kid": "x", "alg": {}},
        "text",
        None,
    ],
)
def test_an_entry_that_is_not_understood_is_passed_over(key: Key, entry: object) -> None:
    keys = KeySet(Fetch({"keys": [entry, key.jwk]}))
    assert find(keys, key.kid) == key.kid
    with pytest.raises(TokenInvalid):
        find(keys, "x")


def test_a_withdrawn_key_is_refused_whatever_set_comes_for_longer_than_one_is_kept(key: Key, later: Later) -> None:
    keys, other = KeySet(Fetch(jwks(key))), Key()
    found = keys.find(key.kid, unverified_issued_at=LONG_AGO)
    keys.withdraw(key.kid)
    keys.withdraw(other.kid)
    for _ in range(3):
        assert not keys.holds(found)
        with pytest.raises(TokenInvalid):
            find(keys, key.kid, issued_at=int(time.time()))
        later(MAX_AGE_SECONDS + 330)
        keys.refetch()


def test_a_key_stays_withdrawn_for_longer_than_a_token_lives(key: Key, later: Later) -> None:
    """A day at most, and then some leeway; whatever old set comes, out of a cache or a backup."""
    keys = KeySet(Fetch(jwks(key)))
    keys.withdraw(key.kid)
    later(86_400 + 300)
    with pytest.raises(TokenInvalid):
        find(keys, key.kid)
    later(86_400)
    assert find(keys, key.kid) == key.kid  # and not for ever


def test_keys_are_renewed_ahead_of_their_age_and_not_tried_all_the_time(key: Key, later: Later) -> None:
    fetch = Fetch(jwks(key))
    keys = KeySet(fetch)
    keys.refetch()
    keys.renew_ahead()
    assert fetch.count == 1
    later(MAX_AGE_SECONDS - 10)
    keys.renew_ahead()
    keys.renew_ahead()
    assert fetch.count == 2
    later(MAX_AGE_SECONDS - 10)
    fetch.document = CannotTell("down")
    for _ in range(3):
        keys.renew_ahead()
    assert fetch.count == 3
