"""How long an answer takes says nothing of an account: unknown, wrong and unusable, taken and free."""

import faulthandler
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations, count
from typing import Any, Final

import pytest
from django.contrib.auth import hashers
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import passwords
from accounts.models import User
from accounts.services import registration
from accounts.tests.support import timing
from accounts.tests.support.factories import PASSWORD, MakeUser
from accounts.tests.support.timing import Call, Interval

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

SAMPLES: Final = 200
ROUNDS: Final = 4
"""On a machine that is too noisy to tell by so many samples, more are taken."""

SHARE: Final = 0.1
NUMBERS: Final = count(1)


@pytest.fixture(autouse=True)
def _as_in_earnest(settings: Settings) -> None:
    faulthandler.cancel_dump_traceback_later()  # on a busy machine it takes its time; the marker bounds it
    settings.PASSWORD_HASHERS = ["accounts.passwords.Argon2id"]
    settings.AUTH_LOGIN_LIMITS = settings.AUTH_MAIL_LIMITS = "account=100000/15m,address=100000/15m"


@pytest.fixture
def bound() -> float:
    """A tenth of what one hash takes."""
    (seconds,) = timing.sample({"hash": lambda: passwords.hash_password(PASSWORD)}, 20).values()
    return SHARE * sorted(seconds)[len(seconds) // 2]


def call(api: APIClient, path: str, status: int, **body: str) -> None:
    assert api.post(path, body).status_code == status


def rounds(calls: Mapping[str, Call]) -> Iterator[list[Interval]]:
    """Of each pair, by ever more samples."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for each in calls.values():
        each()
    for _ in range(ROUNDS):
        for name, seconds in timing.sample(calls, SAMPLES).items():
            taken[name] += seconds
        yield [timing.difference(one, other) for one, other in combinations(taken.values(), 2)]


def are_equal(calls: Mapping[str, Call], bound: float) -> bool:
    """Once every interval lies within the bound; not, once one lies beyond it, or the samples don't tell."""
    for intervals in rounds(calls):
        if all(interval.is_within(bound) for interval in intervals):
            return True
        if any(interval.is_beyond(bound) for interval in intervals):
            return False
    return False


@pytest.fixture
def sign_ins(api: APIClient, make_user: MakeUser) -> Mapping[str, Call]:
    emails = {
        "unknown": "nobody@example.com",
        "wrong": make_user().email,
        "unusable": make_user(password=None).email,
    }

    def attempt(email: str) -> Call:
        return lambda: call(api, "/auth/login", 401, email=email, password="not this one")

    return {name: attempt(email) for name, email in emails.items()}


@pytest.fixture
def registrations(api: APIClient, make_user: MakeUser, settings: Settings) -> Mapping[str, Call]:
    settings.AUTH_EMAIL_VERIFICATION = "required"
    taken = make_user().email

    def attempt(email: Callable[[], str]) -> Call:
        return lambda: call(api, "/auth/register", 202, email=email(), password="seven kites over helsinki")

    return {"taken": attempt(lambda: taken), "free": attempt(lambda: f"free{next(NUMBERS)}@example.com")}


def test_a_failed_sign_in_takes_as_long_whoever_it_was(sign_ins: Mapping[str, Call], bound: float) -> None:
    assert are_equal(sign_ins, bound)


def test_without_the_hash_that_is_made_for_nobody_it_would_show(
    sign_ins: Mapping[str, Call], bound: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashers, "make_password", lambda *_: "")
    assert not are_equal(sign_ins, bound)


def test_a_registration_takes_as_long_whether_or_not_the_address_is_taken(
    registrations: Mapping[str, Call], bound: float
) -> None:
    assert are_equal(registrations, bound)


def test_without_the_hash_that_is_made_for_a_taken_address_it_would_show(
    registrations: Mapping[str, Call], bound: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = registration._make

    def make_if_free(user: User, *args: Any) -> User | None:
        return None if User.objects.filter(email=user.email).exists() else make(user, *args)

    monkeypatch.setattr(registration, "_make", make_if_free)
    assert not are_equal(registrations, bound)


@pytest.mark.parametrize("path", ["/auth/password/reset", "/auth/email/resend"])
def test_asking_for_a_mail_takes_as_long_whoever_is_to_get_it(
    api: APIClient, make_user: MakeUser, path: str, bound: float
) -> None:
    emails = {
        "nobody": "nobody@example.com",
        "somebody": make_user().email,
        "suspended": make_user(is_active=False, email_verified=True).email,
    }

    def ask(email: str) -> Call:
        return lambda: call(api, path, 202, email=email)

    assert are_equal({name: ask(email) for name, email in emails.items()}, bound)
