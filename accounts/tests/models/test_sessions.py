"""Sessions: what is open, what is believed, and what is read along with them."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import RevocationReason, Session, User
from accounts.tests.support.factories import SignIn
from accounts.tests.support.forging import claims_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(user: User, sign_in: SignIn) -> Session:
    return Session.objects.get(pk=UUID(claims_of(sign_in(user).access)["sid"]))


def test_a_new_session_is_open_and_believed(session: Session) -> None:
    assert list(Session.objects.open()) == list(Session.objects.believed()) == [session]
    assert not Session.objects.unbelievable().exists()
    assert len(session.secret) == 16


@pytest.mark.parametrize("column", ["expires_at", "revoked_at"])
def test_what_is_over_is_neither_open_nor_believed(session: Session, column: str) -> None:
    Session.objects.update(**{column: timezone.now() - timedelta(seconds=1)})
    assert not Session.objects.open().exists()
    assert not Session.objects.believed().exists()
    assert not Session.objects.unbelievable().exists()


@pytest.mark.parametrize("change", [{"is_active": False}, {"credentials_version": 2}])
def test_what_its_user_no_longer_bears_out_is_open_and_not_believed(
    session: Session, change: dict[str, object]
) -> None:
    User.objects.update(**change)
    assert list(Session.objects.unbelievable()) == [session]
    assert not Session.objects.believed().exists()


def test_what_outlives_its_users_account_is_not_believed(session: Session) -> None:
    User.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    assert list(Session.objects.believed()) == [session]
    User.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert not Session.objects.believed().exists()


def test_revoking_keeps_the_first_reason(session: Session) -> None:
    assert Session.objects.all().revoke(RevocationReason.LOGOUT) == 1
    assert Session.objects.all().revoke(RevocationReason.SUSPENDED) == 0
    assert Session.objects.get().revocation_reason == "logout"


def test_a_whole_session_is_one_query(session: Session, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    session.user.groups.set([Group.objects.create(name=name) for name in ("writers", "admins", "Ärzte")])
    with django_assert_num_queries(1):
        whole = Session.objects.find_whole(session.pk, session.user_id)
        assert whole is not None
        assert whole.user.group_names == ["admins", "writers", "Ärzte"]
        assert whole.user.email == session.user.email
    assert abs(whole.read_at - timezone.now()) < timedelta(seconds=10)


def test_without_groups_the_names_are_an_empty_list(session: Session) -> None:
    whole = Session.objects.find_whole(session.pk, session.user_id)
    assert whole is not None
    assert whole.user.group_names == []


def test_a_session_is_found_for_its_own_user_alone(session: Session) -> None:
    assert Session.objects.find_whole(session.pk, uuid4()) is None
    assert Session.objects.find_whole(uuid4(), session.user_id) is None
