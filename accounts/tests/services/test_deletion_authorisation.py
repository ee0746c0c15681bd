"""Who may delete whom is decided on the row that is held, however long somebody waited for it."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from accounts.errors import AccountSuspended, InvalidInput, NotFound, PermissionDenied
from accounts.models import Deletion, User
from accounts.principals import Origin, Principal, System, UserPrincipal
from accounts.services import revocation
from accounts.services.deleting import deletion
from accounts.tests.support import consumers
from accounts.tests.support.staff import make_staff

pytestmark = pytest.mark.django_db

NOWHERE = Origin()
Act = Callable[[UUID, UserPrincipal], object]


def request(user_id: UUID, clerk: UserPrincipal) -> object:
    return deletion.request(user_id, actor=clerk, origin=NOWHERE)


def force(user_id: UUID, clerk: UserPrincipal) -> object:
    return deletion.force(user_id, reason="its database is gone", actor=clerk, origin=NOWHERE)


@pytest.fixture
def clerk() -> UserPrincipal:
    return UserPrincipal(make_staff("accounts.delete_user").pk, uuid4())


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Something is committed while the row is waited for."""

    def arrange(change: Callable[[], object]) -> None:
        lock = revocation.lock_users

        def lock_late(*user_ids: UUID, actor: Principal) -> None:
            change()
            lock(*user_ids, actor=actor)

        monkeypatch.setattr(revocation, "lock_users", lock_late)

    return arrange


def prepare(act: Act, user: User) -> None:
    consumers.make()
    if act is force:
        deletion.request(user.pk, actor=System("test"), origin=NOWHERE)


def is_untouched(act: Act, user: User) -> bool:
    known = Deletion.objects.filter(user_id=user.pk).first()
    return known is None if act is request else known is not None and known.forced_by == ""


@pytest.mark.parametrize("act", [request, force])
def test_whoever_became_a_superuser_meanwhile_is_not_for_a_clerk(
    user: User, clerk: UserPrincipal, meanwhile: Callable[[Callable[[], object]], None], act: Act
) -> None:
    prepare(act, user)
    meanwhile(lambda: User.objects.filter(pk=user.pk).update(is_superuser=True))
    with pytest.raises(PermissionDenied, match="superuser"):
        act(user.pk, clerk)
    assert is_untouched(act, user)


@pytest.mark.parametrize("act", [request, force])
def test_a_clerk_who_was_suspended_meanwhile_deletes_nobody(
    user: User, clerk: UserPrincipal, meanwhile: Callable[[Callable[[], object]], None], act: Act
) -> None:
    prepare(act, user)
    meanwhile(lambda: User.objects.filter(pk=clerk.user_id).update(is_active=False))
    with pytest.raises(AccountSuspended):
        act(user.pk, clerk)
    assert is_untouched(act, user)


def test_a_reason_is_held_against_the_names_of_now(
    user: User, clerk: UserPrincipal, meanwhile: Callable[[Callable[[], object]], None]
) -> None:
    prepare(force, user)
    meanwhile(lambda: User.objects.filter(pk=user.pk).update(first_name="Wilhelmina"))
    with pytest.raises(InvalidInput):
        deletion.force(user.pk, reason="Wilhelmina asked twice", actor=clerk, origin=NOWHERE)
    assert is_untouched(force, user)


def test_an_earlier_deletion_is_told_to_those_alone_who_may_ask_for_one(user: User, clerk: UserPrincipal) -> None:
    prepare(force, user)
    stranger = UserPrincipal(make_staff().pk, uuid4())
    for act in (request, force):
        with pytest.raises(PermissionDenied):
            act(user.pk, stranger)
    assert Deletion.objects.get() == request(user.pk, clerk)


@pytest.mark.parametrize("act", [request, force])
def test_a_clerk_learns_that_there_is_nobody(clerk: UserPrincipal, act: Act) -> None:
    with pytest.raises(NotFound):
        act(uuid4(), clerk)
