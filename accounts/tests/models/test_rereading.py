"""A session that was read whole is as Django makes it, and is known again as long as nothing of it has changed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group
from django.db import connection, models
from django.utils import timezone

from accounts.models import Session, User
from accounts.models.sessions import KeptSession
from accounts.tests.support.factories import MakeUser

pytestmark = pytest.mark.django_db

SET_APART = {"id", "user"}
"""What says which row it is."""


def open_session(user: User) -> Session:
    ends = timezone.now() + timedelta(days=1)
    return Session.objects.create(
        user=user, credentials_version=1, amr=["pwd"], address="2001:db8::1", expires_at=ends, absolute_expires_at=ends
    )


def read(session: Session) -> Session:
    found = Session.objects.find_whole(session.pk, session.user_id)
    assert found is not None
    return found


def reread(*sessions: Session) -> dict[UUID, float]:
    """Those that are good for some time yet."""
    left = Session.objects.reread([KeptSession(each) for each in sessions], connection)
    return {session.pk: seconds for session, seconds in zip(sessions, left, strict=True) if seconds > 0}


@pytest.fixture
def session(make_user: MakeUser) -> Session:
    user = make_user(phone_number="+4930123456", first_name="Ada")
    user.groups.add(Group.objects.create(name="editors"), Group.objects.create(name="authors"))
    return read(open_session(user))


def test_it_is_as_django_makes_it(session: Session) -> None:
    by_django = Session.objects.select_related("user").get(pk=session.pk)
    for made, expected in ((session, by_django), (session.user, by_django.user)):
        for field in expected._meta.concrete_fields:
            of_made, of_expected = getattr(made, field.attname), getattr(expected, field.attname)
            assert (type(of_made), of_made) == (type(of_expected), of_expected), field.name
        assert (made._state.adding, made._state.db) == (False, "default")
        assert not made.get_deferred_fields()
    assert session.user.group_names == ["authors", "editors"]
    assert session.read_at.tzinfo is UTC


def test_it_is_made_once_more_of_what_is_kept_of_it(session: Session) -> None:
    again = KeptSession(session).session()
    for made, expected in ((again, session), (again.user, session.user)):
        for field in expected._meta.concrete_fields:
            of_made, of_expected = getattr(made, field.attname), getattr(expected, field.attname)
            assert (type(of_made), of_made) == (type(of_expected), of_expected), field.name
        assert made is not expected
    assert (again.user.group_names, again.read_at) == (session.user.group_names, session.read_at)


def test_what_was_read_can_be_changed_and_saved(session: Session) -> None:
    session.user.first_name, session.user.is_active = "Grace", False
    session.user.save()
    session.user_agent = "another"
    session.save()
    again = read(session)
    assert (again.user.first_name, again.user.is_active, again.user_agent) == ("Grace", False, "another")


def test_whom_nothing_has_changed_of_are_known_again_with_the_time_to_their_end(
    session: Session, make_user: MakeUser
) -> None:
    other = read(open_session(make_user()))
    left = reread(session, other)
    assert set(left) == {session.pk, other.pk}
    assert all(timedelta(days=1).total_seconds() - 5 < seconds <= 86_400 for seconds in left.values())


def other_value(field: "models.Field[Any, Any]") -> object:
    match field:
        case models.BooleanField():
            return models.Case(models.When(**{field.name: True}, then=False), default=True)
        case models.IntegerField():
            return models.F(field.name) + 1
        case models.DateTimeField():
            return datetime(2030, 1, 1, tzinfo=UTC)
        case models.JSONField():
            return ["pwd", "otp"]
        case models.BinaryField():
            return b"another"
        case models.GenericIPAddressField():
            return "2001:db8::2"
        case _:
            return {"phone_number": "+4930654321", "email": "another@example.com"}.get(field.name, "another")


FIELDS = [(model, field) for model in (Session, User) for field in model._meta.concrete_fields]


@pytest.mark.parametrize(
    ("model", "field"), [pytest.param(*each, id=str(each[1])) for each in FIELDS if each[1].name not in SET_APART]
)
def test_whatever_has_changed_makes_it_another(
    session: Session, make_user: MakeUser, model: type[models.Model], field: "models.Field[Any, Any]"
) -> None:
    other = read(open_session(make_user()))
    of_session = {Session: session.pk, User: session.user_id}
    changed: Callable[..., int] = model._default_manager.filter(pk=of_session[model]).update
    assert changed(**{field.name: other_value(field)}) == 1
    assert set(reread(session, other)) == {other.pk}


def test_another_group_makes_it_another(session: Session) -> None:
    session.user.groups.remove(Group.objects.get(name="editors"))
    assert not reread(session)


def test_a_renamed_group_makes_it_another(session: Session) -> None:
    Group.objects.filter(name="editors").update(name="readers")
    assert not reread(session)


def test_one_that_is_gone_is_left_out(session: Session, make_user: MakeUser) -> None:
    other = read(open_session(make_user()))
    Session.objects.filter(pk=session.pk).delete()
    assert set(reread(session, other)) == {other.pk}


def test_one_that_is_over_is_left_out_though_nothing_has_changed(session: Session) -> None:
    Session.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert not reread(read(session))


def test_it_is_one_query_however_many(session: Session, make_user: MakeUser, django_assert_num_queries: Any) -> None:
    others = [read(open_session(make_user())) for _ in range(3)]
    for asked in ([session], others):
        with django_assert_num_queries(1):
            reread(*asked)


def test_many_are_found_as_each_is_alone(session: Session, make_user: MakeUser) -> None:
    other = read(open_session(make_user()))
    found = Session.objects.find_all_whole([session.pk, other.pk, uuid4()])
    assert found.keys() == {session.pk, other.pk}
    for each in (session, other):
        mine = found[each.pk].user
        assert (mine, mine.email, mine.group_names) == (each.user, each.user.email, each.user.group_names)
        assert found[each.pk].read_at >= each.read_at
    assert reread(*found.values()).keys() == found.keys()
