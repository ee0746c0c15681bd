"""The caller is judged by what the database says of them now."""

from uuid import UUID, uuid4

import pytest

from accounts.errors import AccountSuspended, NotAuthenticated, NotFound, PermissionDenied, SessionRevoked
from accounts.models import User
from accounts.principals import WORKER, Nobody, UserPrincipal
from accounts.services import authorisation
from accounts.services.authorisation import Action
from accounts.services.transactions import transactional
from accounts.tests.support.staff import make_staff, make_superuser

pytestmark = pytest.mark.django_db


def as_actor(user: User) -> UserPrincipal:
    return UserPrincipal(user_id=user.pk, session_id=uuid4())


def test_staff_may_what_their_permissions_say(user: User) -> None:
    clerk = as_actor(make_staff("accounts.change_user"))
    authorisation.require(Action.SUSPEND_USER, actor=clerk, target=user)
    with pytest.raises(PermissionDenied, match=r"accounts\.delete_user"):
        authorisation.require(Action.DELETE_USER, actor=clerk, target=user)


def test_permissions_of_a_group_count(user: User) -> None:
    clerk = make_staff()
    permission = make_staff("accounts.view_notice").user_permissions.get()
    clerk.groups.create(name="followers").permissions.add(permission)
    authorisation.require(Action.READ_NOTICES, actor=as_actor(clerk))


def test_permissions_of_whoever_is_no_staff_do_not_count() -> None:
    clerk = make_staff("accounts.view_notice")
    User.objects.filter(pk=clerk.pk).update(is_staff=False)
    with pytest.raises(PermissionDenied, match="staff"):
        authorisation.require(Action.READ_NOTICES, actor=as_actor(clerk))


def test_a_superuser_needs_no_permission() -> None:
    authorisation.require(Action.SUSPEND_USER, actor=as_actor(make_superuser()), target=make_superuser())


def test_nobody_suspends_themselves() -> None:
    root = make_superuser()
    with pytest.raises(PermissionDenied, match="another member of staff"):
        authorisation.require(Action.SUSPEND_USER, actor=as_actor(root), target=root)


def test_the_service_itself_may_everything_and_a_stranger_nothing(user: User) -> None:
    for action in Action:
        authorisation.require(action, actor=WORKER, target=user)
        with pytest.raises(NotAuthenticated):
            authorisation.require(action, actor=Nobody(), target=user)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_active": False}, AccountSuspended),
        ({"expires_at": "2020-01-01T00:00:00Z"}, AccountSuspended),
        ({"deletion_requested_at": "2030-01-01T00:00:00Z"}, SessionRevoked),
    ],
)
def test_staff_who_were_stopped_a_moment_ago_do_nothing_more(
    user: User, change: dict[str, object], reason: type[Exception]
) -> None:
    root = make_superuser()
    User.objects.filter(pk=root.pk).update(**change)
    with pytest.raises(reason):
        authorisation.require(Action.SUSPEND_USER, actor=as_actor(root), target=user)


def test_whoever_may_not_learns_nothing_of_who_exists(user: User) -> None:
    lock_for = transactional(authorisation.lock_for)
    for user_id in (user.pk, uuid4()):
        with pytest.raises(PermissionDenied):
            lock_for(Action.SUSPEND_USER, user_id, actor=as_actor(make_staff()))
    with pytest.raises(NotFound):
        lock_for(Action.SUSPEND_USER, UUID(int=1), actor=as_actor(make_superuser()))


def test_nobody_hands_out_what_they_do_not_have() -> None:
    clerk = as_actor(make_staff("accounts.change_user"))
    authorisation.require_granting({"accounts.change_user"}, actor=clerk)
    authorisation.require_granting({"accounts.delete_user"}, actor=WORKER)
    with pytest.raises(PermissionDenied, match=r"accounts\.delete_user"):
        authorisation.require_granting({"accounts.delete_user"}, actor=clerk)
