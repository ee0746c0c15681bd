"""Issuing and revoking meet at the user's row: whatever is handed out around a suspension is not believed after it."""

import logging
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import Settings

from accounts.errors import AccountSuspended, InvalidCredentials, Refusal, SessionRevoked
from accounts.models import Notice, RevocationReason, Session, User
from accounts.principals import Origin, System
from accounts.services import expiry, identification, refreshing, sign_in, suspension
from accounts.services.sign_in import SignedIn
from accounts.services.signing_keys import keys
from accounts.tests.races.crew import crew
from accounts.tests.support.factories import PASSWORD, MakeUser
from accounts.tests.support.forging import claims_of
from accounts.tokens import issuing
from accounts.tokens.issuing import TokenPair

pytestmark = [pytest.mark.postgresql, pytest.mark.slow, pytest.mark.usefixtures("unhurried"), pytest.mark.timeout(400)]

CLIENTS = 20
REFRESHES = 3
ORIGIN = Origin(address="192.0.2.7", user_agent="race")
OPERATOR = System("race")


@pytest.fixture(autouse=True)
def _brisk() -> Iterator[None]:
    """Twenty threads in one interpreter: quick turns, and no lines about each of many thousand calls."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 10)
    logging.disable(logging.INFO)
    yield
    logging.disable(logging.NOTSET)
    sys.setswitchinterval(usual)


@pytest.fixture
def person(transactional_db: None, make_user: MakeUser, settings: Settings) -> User:
    """Somebody whom no limit keeps from signing in as often as this takes."""
    settings.AUTH_LOGIN_LIMITS = "account=900000/1d,address=900000/1d"
    settings.AUTH_MAX_CONCURRENT_HASHES = CLIENTS
    settings.AUTH_HASH_QUEUE = CLIENTS
    keys.ensure_first_keys()
    return make_user()


def enter(email: str, password: str) -> TokenPair:
    outcome = sign_in.sign_in(email=email, password=password, origin=ORIGIN)
    assert isinstance(outcome, SignedIn)
    return outcome.tokens


def try_to_enter(email: str, password: str) -> list[TokenPair]:
    """All that was handed out."""
    with suppress(AccountSuspended, InvalidCredentials):
        return [enter(email, password)]
    return []


def try_to_stay(session: Session) -> list[TokenPair]:
    """All that was handed out, from the first tokens on."""
    handed_out = [issuing.issue(session, at=timezone.now())]
    with suppress(AccountSuspended, SessionRevoked):
        for _ in range(REFRESHES):
            handed_out.append(refreshing.refresh(unverified_token=handed_out[-1].refresh, origin=ORIGIN))
    return handed_out


def open_sessions(user: User, number: int) -> list[Session]:
    """As many people are in already."""
    user.refresh_from_db()
    end = timezone.now() + timedelta(days=1)
    dates = {"rotated_at": timezone.now(), "created_at": timezone.now(), "expires_at": end, "absolute_expires_at": end}
    version = user.credentials_version
    sessions = [Session(user=user, credentials_version=version, amr=["pwd"], **dates) for _ in range(number)]
    return Session.objects.bulk_create(sessions)


@dataclass
class Crowd:
    """Half of the clients sign in, half refresh a session that they have."""

    user: User
    password: str = PASSWORD
    insiders: list[Session] = field(default_factory=list)

    def gather(self) -> None:
        self.insiders = open_sessions(self.user, CLIENTS // 2)

    def act(self, index: int) -> list[TokenPair]:
        if index % 2:
            return try_to_enter(self.user.email, self.password)
        return try_to_stay(self.insiders[index // 2])


def suspend_by_orm(user_id: UUID) -> None:
    """As an operator's script does it: the user's row, and in a later statement the sessions."""
    with transaction.atomic():
        User.objects.filter(pk=user_id).update(is_active=False)
        Session.objects.filter(user_id=user_id).revoke(RevocationReason.SUSPENDED)


def reinstate_by_orm(user_id: UUID) -> None:
    User.objects.filter(pk=user_id).update(is_active=True)


def suspend(user_id: UUID) -> None:
    suspension.suspend(user_id, reason="race", actor=OPERATOR, origin=Origin())


def reinstate(user_id: UUID) -> None:
    suspension.reinstate(user_id, actor=OPERATOR, origin=Origin())


def expire(user_id: UUID) -> None:
    expiry.set_expiry(user_id, timezone.now(), actor=OPERATOR, origin=Origin())


def expire_soon(user_id: UUID) -> None:
    end = timezone.now() + timedelta(seconds=1)
    expiry.set_expiry(user_id, end, actor=OPERATOR, origin=Origin())


def prolong(user_id: UUID) -> None:
    expiry.set_expiry(user_id, None, actor=OPERATOR, origin=Origin())


def after_a_moment(act: Callable[[], object]) -> Callable[[], None]:
    """At another point of everybody's way in every round."""

    def wait_and_act() -> None:
        time.sleep(random.uniform(0.0, 0.1))
        act()

    return wait_and_act


def refusal_of(token: str) -> type[Refusal] | None:
    try:
        identification.identify(token)
    except Refusal as refusal:
        return type(refusal)
    return None


def assert_nothing_is_believed(handed_out: list[TokenPair], reason: type[Refusal]) -> None:
    assert {refusal_of(tokens.access) for tokens in handed_out} <= {reason}
    for tokens in handed_out[-1:]:
        with pytest.raises(reason):
            refreshing.refresh(unverified_token=tokens.refresh, origin=ORIGIN)


def last_of_each_session(answers: list[list[TokenPair]]) -> list[TokenPair]:
    """A refreshing client's tokens stand and fall together; those who sign in open a session each time."""
    return [tokens for index, answer in enumerate(answers) for tokens in (answer if index % 2 else answer[-1:])]


def race(person: User, rounds: int, *, suspend: Callable[[UUID], None], reinstate: Callable[[UUID], None]) -> None:
    """Everybody signs in and refreshes while the person is suspended; then, and after reinstating, nothing counts."""
    opened, crowd = 0, Crowd(person)
    with crew(crowd.act, threads=CLIENTS) as all_at_once:
        for number in range(rounds):
            crowd.gather()
            handed_out = last_of_each_session(all_at_once(after_a_moment(lambda: suspend(person.pk))))
            opened += len(handed_out) - CLIENTS // 2
            assert not Session.objects.open().filter(user=person).exists(), number
            assert_nothing_is_believed(handed_out[:1], AccountSuspended)
            reinstate(person.pk)
            assert_nothing_is_believed(handed_out, SessionRevoked)
            Session.objects.all().delete()
    assert opened > rounds  # suspensions met people on their way in


def test_no_session_survives_a_suspension_by_the_orm_whatever_signs_in_meanwhile(person: User) -> None:
    race(person, 300, suspend=suspend_by_orm, reinstate=reinstate_by_orm)


@pytest.mark.trials(short=40, long=500)
def test_no_token_outlives_a_suspension_whatever_signs_in_meanwhile(person: User, trials: int) -> None:
    race(person, trials, suspend=suspend, reinstate=reinstate)
    versions = Notice.objects.order_by("seq").filter(type__startswith="user.").values_list("data__version", flat=True)
    assert list(versions) == list(range(2, 2 * trials + 2))  # each told of, in order, and once


@pytest.mark.trials(short=40, long=300)
def test_no_token_outlives_an_account_that_is_over_whatever_signs_in_meanwhile(person: User, trials: int) -> None:
    race(person, trials, suspend=expire, reinstate=prolong)
    versions = Notice.objects.order_by("seq").filter(type__startswith="user.").values_list("data__version", flat=True)
    assert list(versions) == list(range(2, 4 * trials + 2))


@pytest.mark.trials(short=15, long=200)
def test_no_token_outlives_an_account_that_ends_soon_whatever_signs_in_meanwhile(person: User, trials: int) -> None:
    """Nobody suspends anybody here: what is handed out says the end itself, or is over with its session."""
    told, crowd = 0, Crowd(person)
    with crew(crowd.act, threads=CLIENTS) as all_at_once:
        for number in range(trials):
            crowd.gather()
            answers = all_at_once(after_a_moment(lambda: expire_soon(person.pk)))
            handed_out = [tokens for answer in answers for tokens in answer]
            end = User.objects.get(pk=person.pk).expires_at
            assert end is not None
            outliving = [tokens for tokens in handed_out if claims_of(tokens.access)["exp"] > end.timestamp()]
            told += len(handed_out) - len(outliving)
            assert {refusal_of(tokens.access) for tokens in outliving} <= {SessionRevoked, AccountSuspended}, number
            time.sleep(max(0.0, (end - timezone.now()).total_seconds()) + 0.01)
            assert not Session.objects.believed().exists()
            assert_nothing_is_believed(last_of_each_session(answers), AccountSuspended)
            prolong(person.pk)
            assert {refusal_of(tokens.access) for tokens in outliving} <= {SessionRevoked}, number
            Session.objects.all().delete()
    assert told > trials  # by a token whose end is the account's


def test_no_session_survives_a_new_password_by_the_orm_whatever_signs_in_meanwhile(person: User) -> None:
    """Nobody revokes anything here: the sessions are open, and not believed, until the worker ends them."""
    rounds, opened, crowd = 60, 0, Crowd(person)
    other = "copper-lantern-river-moss-48"

    def change() -> None:
        user = User.objects.get(pk=person.pk)
        user.set_password(other)
        user.save()

    with crew(crowd.act, threads=CLIENTS) as all_at_once:
        for number in range(rounds):
            crowd.gather()
            handed_out = last_of_each_session(all_at_once(after_a_moment(change)))
            crowd.password, other = other, crowd.password
            opened += len(handed_out) - CLIENTS // 2
            assert not Session.objects.believed().filter(user=person).exists(), number
            assert_nothing_is_believed(handed_out, SessionRevoked)
            assert refusal_of(enter(person.email, crowd.password).access) is None
            Session.objects.all().delete()
    assert opened > rounds
