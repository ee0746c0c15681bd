"""Who decides about ranks holds both rows: a right that is being taken away is not used meanwhile."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.errors import AccountSuspended, PermissionDenied, SessionRevoked
from accounts.models import User
from accounts.principals import Origin, Principal, System, UserPrincipal
from accounts.services import suspension
from accounts.services.administration import changing, creation
from accounts.services.deleting import deletion
from accounts.tests.support.staff import make_staff, make_superuser
from accounts.tests.support.together import outcomes_together

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

ROUNDS = 15


def acting(user: User) -> Principal:
    return UserPrincipal(user_id=user.pk, session_id=uuid4())


def test_of_two_superusers_who_demote_each_other_one_is_left() -> None:
    for _ in range(ROUNDS):
        both = [make_superuser(), make_superuser()]

        def demote(index: int, both: list[User] = both) -> User:
            other = both[1 - index]
            return changing.change(other.pk, {"is_superuser": False}, actor=acting(both[index]), origin=Origin())

        outcomes = outcomes_together(demote, threads=2)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["PermissionDenied", "User"]
        assert User.objects.filter(pk__in=[user.pk for user in both], is_superuser=True).count() == 1


def test_of_two_who_end_each_others_accounts_one_is_left() -> None:
    for _ in range(ROUNDS):
        both = [make_superuser(), make_superuser()]

        def end(index: int, both: list[User] = both) -> User:
            changes = {"first_name": "Ada", "expires_at": timezone.now()}
            return changing.change(both[1 - index].pk, changes, actor=acting(both[index]), origin=Origin())

        outcomes = outcomes_together(end, threads=2)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AccountSuspended", "User"]
        ended = User.objects.get(pk__in=[user.pk for user in both], is_active=False)
        assert (ended.first_name, ended.expires_at is None) == ("Ada", False)


def suspend(user_id: UUID, actor: Principal) -> object:
    return suspension.suspend(user_id, reason="", actor=actor, origin=Origin())


def delete(user_id: UUID, actor: Principal) -> object:
    return deletion.request(user_id, actor=actor, origin=Origin())


@pytest.mark.parametrize(("stop", "late"), [(suspend, AccountSuspended), (delete, SessionRevoked)])
def test_of_two_superusers_who_stop_each_other_one_is_left(
    stop: Callable[[UUID, Principal], object], late: type[Exception]
) -> None:
    for _ in range(ROUNDS):
        both = [make_superuser(), make_superuser()]

        def act(index: int, both: list[User] = both) -> None:
            stop(both[1 - index].pk, acting(both[index]))

        outcomes = outcomes_together(act, threads=2)
        assert {type(outcome) for outcome in outcomes} == {type(None), late}
        assert User.objects.filter(pk__in=[user.pk for user in both], is_active=True).count() == 1


def test_nobody_makes_staff_after_they_were_stopped() -> None:
    """Either was first; whoever was made is there only if their maker was not stopped yet."""
    for number in range(ROUNDS):
        clerk = make_staff("accounts.add_user", "accounts.change_user")
        email = f"new{number}@example.com"

        def act(index: int, clerk: User = clerk, email: str = email) -> float:
            if index:
                suspension.suspend(clerk.pk, reason="", actor=System("race"), origin=Origin())
            else:
                creation.create({"email": email, "is_staff": True}, actor=acting(clerk), origin=Origin())
            return 0.0

        made, _ = outcomes_together(act, threads=2)
        assert isinstance(made, float | AccountSuspended | PermissionDenied), made
        assert User.objects.filter(email=email).exists() == isinstance(made, float)
