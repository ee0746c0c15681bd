"""What a sign-in reads of a person, and the one statement on whose condition it rests."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db.models import F
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import KnownNetwork, Session, User
from accounts.models.networks import NOTE, present_hash
from accounts.models.sessions import MAX_OPEN_PER_USER
from accounts.models.signing_in import FEW_SESSIONS, INSERT_SESSION, NETWORK_NOTED_EVERY, Entrant, surplus_sessions
from accounts.principals import Origin
from accounts.tests.support.factories import MakeUser

pytestmark = pytest.mark.django_db

HERE, ELSEWHERE = Origin(address="203.0.113.7"), Origin(address="203.0.113.8")


def found(user: User, origin: Origin = HERE) -> Entrant:
    entrant = Entrant.find(user.email, origin)
    assert entrant is not None
    return entrant


def note_here(user: User) -> None:
    """As a sign-in does."""
    NOTE.run(KnownNetwork(user=user, network_hash=present_hash(HERE), last_seen_at=timezone.now()))


def open_session(user: User) -> Session:
    end = timezone.now() + timedelta(days=1)
    return INSERT_SESSION.run(
        Session(user=user, credentials_version=1, amr=["pwd"], expires_at=end, absolute_expires_at=end)
    )


def test_all_is_read_at_once(user: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user.groups.add(Group.objects.create(name="staff"), Group.objects.create(name="apes"))
    with django_assert_num_queries(1):
        entrant = found(user)
        assert entrant.user == user
        assert entrant.user.group_names == ["apes", "staff"]


@pytest.mark.parametrize("email", ["nobody@example.com", "a\x00b@example.com"])
def test_nobody_is_found_by_another_address(user: User, email: str) -> None:
    assert Entrant.find(email, HERE) is None


def test_a_network_is_noted_for_an_hour(user: User) -> None:
    assert not found(user).is_noted_here
    note_here(user)
    assert found(user).is_noted_here
    assert not found(user, ELSEWHERE).is_noted_here
    assert not found(user, Origin()).is_noted_here
    KnownNetwork.objects.update(last_seen_at=F("last_seen_at") - NETWORK_NOTED_EVERY)
    assert not found(user).is_noted_here
    note_here(user)
    assert found(user).is_noted_here
    assert KnownNetwork.objects.count() == 1


def test_another_persons_network_is_not_noted(user: User, make_user: MakeUser) -> None:
    note_here(make_user())
    assert not found(user).is_noted_here


def test_many_sessions_are_more_than_half_of_what_one_may_have(user: User) -> None:
    for _ in range(FEW_SESSIONS):
        session = open_session(user)
    assert not found(user).has_many_sessions
    open_session(user)
    assert found(user).has_many_sessions
    Session.objects.filter(pk=session.pk).update(revoked_at=timezone.now())
    assert not found(user).has_many_sessions
    assert FEW_SESSIONS < MAX_OPEN_PER_USER


def test_the_surplus_are_the_oldest(user: User) -> None:
    oldest = open_session(user)
    Session.objects.update(created_at=F("created_at") - timedelta(hours=1))
    for _ in range(MAX_OPEN_PER_USER - 1):
        open_session(user)
    assert surplus_sessions(user.pk) == []
    open_session(user)
    assert surplus_sessions(user.pk) == [oldest.pk]


def test_an_inserted_session_is_what_the_table_has(user: User) -> None:
    made = open_session(user)
    kept = Session.objects.get()
    assert {f.attname: getattr(made, f.attname) for f in Session._meta.fields} == {
        f.attname: getattr(kept, f.attname) for f in Session._meta.fields
    }
    made.revocation_reason = "logout"
    made.save()
    assert Session.objects.get().revocation_reason == "logout"


@pytest.mark.parametrize(
    "change",
    [{"is_active": False}, {"expires_at": timezone.now()}, {"password": "another"}, {"credentials_version": 2}],
    ids=lambda change: next(iter(change)),
)
def test_a_sign_in_is_noted_only_of_the_row_that_was_read(user: User, change: dict[str, object]) -> None:
    entrant, now = found(user), timezone.now()
    User.objects.update(**change)
    assert not entrant.open({}, at=now, new_hash="new")
    user.refresh_from_db()
    assert (user.last_login, user.password == "new") == (None, False)


def test_who_may_come_in_is_for_the_databases_clock_to_say(user: User) -> None:
    for seconds, may_come_in in ((60, True), (-1, False)):
        User.objects.update(expires_at=timezone.now() + timedelta(seconds=seconds))
        assert found(user).may_come_in is may_come_in
        assert found(user).open({}, at=timezone.now(), new_hash=user.password) is may_come_in
    User.objects.update(expires_at=None, is_active=False)
    assert not found(user).may_come_in


def test_a_sign_in_notes_when_and_the_new_hash_alone(user: User) -> None:
    now = timezone.now()
    assert found(user).open({}, at=now, new_hash="new")
    user.refresh_from_db()
    assert (user.last_login, user.password, user.version, user.credentials_version) == (now, "new", 1, 1)
