"""How long an answer takes says nothing of an account: unknown, wrong, unusable and unverified, taken and free."""

import faulthandler
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, count
from statistics import median
from typing import Any, Final

import pytest
from django.contrib.auth import hashers
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import audit, hashing, passwords
from accounts.models import User
from accounts.services import registration
from accounts.tests.support import timing
from accounts.tests.support.factories import PASSWORD, MakeUser
from accounts.tests.support.timing import Call, Clock, Interval

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
    pytest.mark.trials(short=50, long=200),
]

ROUNDS: Final = 4
"""On a machine that is too noisy to tell by the samples of one, more are taken."""

FEW: Final = 15
"""Enough to tell a whole hash."""

NUMBERS: Final = count(1)

Calls = Mapping[str, Call]
AreEqual = Callable[[Calls], bool]


@pytest.fixture(autouse=True)
def _as_in_earnest(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    faulthandler.cancel_dump_traceback_later()  # on a busy machine it takes its time; the marker bounds it
    settings.PASSWORD_HASHERS = ["accounts.passwords.Argon2id"]
    settings.AUTH_LOGIN_LIMITS = settings.AUTH_MAIL_LIMITS = "account=100000/15m,address=100000/15m"
    monkeypatch.setattr(hashing, "NICENESS", 0)  # the same work; and no waiting for whoever else is busy here
    hashing._places_of.cache_clear()
    yield
    hashing._places_of.cache_clear()


@pytest.fixture
def bound() -> float:
    """A tenth of what one hash takes of the processor."""
    return a_tenth_of_a_hash(time.process_time)


@pytest.fixture
def are_equal(trials: int, bound: float) -> AreEqual:
    """By what they ask of the database, and by the time of the processor."""

    def judge(calls: Calls) -> bool:
        return wait_alike(calls) and take_as_long(calls, bound, samples=trials)

    return judge


def wait_alike(calls: Calls) -> bool:
    for each in calls.values():
        each()  # what is remembered from then on, is
    asked = [timing.statements_of(each) for each in calls.values()]
    return all(each == asked[0] for each in asked)


def take_as_long(calls: Calls, bound: float, *, samples: int, clock: Clock = time.process_time) -> bool:
    """Once every interval lies within the bound; not, once one lies beyond it, or the samples don't tell."""
    for intervals in rounds(calls, samples, clock):
        if all(interval.is_within(bound) for interval in intervals):
            return True
        if any(interval.is_beyond(bound) for interval in intervals):
            return False
    return False


def show(calls: Calls, bound: float) -> bool:
    """Whether they surely don't."""
    intervals = next(rounds(calls, FEW, time.process_time))
    return any(interval.is_beyond(bound) for interval in intervals)


def a_tenth_of_a_hash(clock: Clock) -> float:
    (seconds,) = timing.sample({"hash": lambda: passwords.hash_password(PASSWORD)}, 20, clock).values()
    return median(seconds) / 10


def rounds(calls: Calls, samples: int, clock: Clock) -> Iterator[list[Interval]]:
    """Of each pair, by ever more samples."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, seconds in timing.sample(calls, samples, clock).items():
            taken[name] += seconds
        yield [timing.difference(one, other) for one, other in combinations(taken.values(), 2)]


def call(api: APIClient, path: str, status: int, **body: str) -> None:
    assert api.post(path, body).status_code == status


@pytest.fixture
def sign_ins(api: APIClient, make_user: MakeUser, settings: Settings) -> Calls:
    settings.AUTH_EMAIL_VERIFICATION = "required"
    emails = {
        "unknown": "nobody@example.com",
        "wrong": make_user().email,
        "unusable": make_user(password=None).email,
        "unverified": make_user(password="not this one").email,
    }

    def attempt(email: str) -> Call:
        return lambda: call(api, "/auth/login", 401, email=email, password="not this one")

    return {name: attempt(email) for name, email in emails.items()}


@pytest.fixture
def registrations(api: APIClient, make_user: MakeUser, settings: Settings) -> Calls:
    settings.AUTH_EMAIL_VERIFICATION = "required"
    taken = make_user().email

    def attempt(email: Callable[[], str]) -> Call:
        return lambda: call(api, "/auth/register", 202, email=email(), password="seven kites over helsinki")

    return {"taken": attempt(lambda: taken), "free": attempt(lambda: f"free{next(NUMBERS)}@example.com")}


def test_a_failed_sign_in_takes_as_long_whoever_it_was(sign_ins: Calls, are_equal: AreEqual) -> None:
    assert are_equal(sign_ins)


@pytest.mark.faults
def test_on_a_quiet_machine_a_failed_sign_in_is_answered_as_late_whoever_it_was(sign_ins: Calls, trials: int) -> None:
    bound = a_tenth_of_a_hash(time.perf_counter)
    assert take_as_long(sign_ins, bound, samples=trials, clock=time.perf_counter)


def test_without_the_hash_that_is_made_for_nobody_it_would_show(
    sign_ins: Calls, bound: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashers, "make_password", lambda *_: "")
    assert show(sign_ins, bound)


def test_without_the_row_that_is_written_for_nobody_it_would_show(
    sign_ins: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "tell_as_slowly", lambda *_, **__: None)
    assert not wait_alike(sign_ins)


def test_a_registration_takes_as_long_whether_or_not_the_address_is_taken(
    registrations: Calls, are_equal: AreEqual
) -> None:
    assert are_equal(registrations)


def test_without_the_hash_that_is_made_for_a_taken_address_it_would_show(
    registrations: Calls, bound: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = registration._make

    def make_if_free(user: User, *args: Any) -> User | None:
        return None if User.objects.filter(email=user.email).exists() else make(user, *args)

    monkeypatch.setattr(registration, "_make", make_if_free)
    assert show(registrations, bound)


@pytest.mark.parametrize("path", ["/auth/password/reset", "/auth/email/resend"])
def test_asking_for_a_mail_takes_as_long_whoever_is_to_get_it(
    api: APIClient, make_user: MakeUser, path: str, are_equal: AreEqual
) -> None:
    emails = {
        "nobody": "nobody@example.com",
        "somebody": make_user().email,
        "suspended": make_user(is_active=False, email_verified=True).email,
    }

    def ask(email: str) -> Call:
        return lambda: call(api, path, 202, email=email)

    assert are_equal({name: ask(email) for name, email in emails.items()})
