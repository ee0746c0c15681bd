"""Rows of before become those of the people with the same verified address; what is unclear stays as it is."""

from collections.abc import Callable
from typing import Any

import pytest
from authservice_connector import adoption, callers, mirror, signals
from authservice_connector.adoption import Decision
from authservice_connector.models import RemoteUser
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission

from tests.issuing import ISSUER
from tests.orders.models import Order
from tests.service import Service

pytestmark = pytest.mark.django_db

User: Any = get_user_model()


def local(address: str = "ada@example.com", **details: Any) -> Any:
    """A row of before, that somebody's password opens."""
    user = User(email=address, **details)
    if User.USERNAME_FIELD != "email":
        user.username = f"of before {address}"
    user.set_password("correct horse battery staple")
    user.save()
    return user


def mirrored(service: Service, address: str = "ada@example.com", **details: Any) -> RemoteUser:
    return mirror.apply(ISSUER, service.register(email=address, **details), settled=True)


def adopt() -> list[Decision]:
    return [each if each.refusal else adoption.adopt(each) for each in adoption.decisions(ISSUER)]


def whose(remote: RemoteUser) -> Any:
    return RemoteUser.objects.get(pk=remote.pk).user_id


def test_a_row_of_before_becomes_the_persons_and_the_one_of_first_sight_goes(service: Service) -> None:
    row, remote = local(first_name="A."), mirrored(service)
    placeholder = remote.user.pk
    assert [each.refusal for each in adopt()] == [""]
    assert whose(remote) == row.pk
    assert not User._default_manager.filter(pk=placeholder).exists()
    row.refresh_from_db()
    assert (row.email, row.first_name) == ("ada@example.com", "Ada")
    known = callers.identify(f"Bearer {service.token(remote.subject)}")
    assert known is not None
    assert known[0].pk == row.pk


def test_who_knew_the_rows_password_does_not_come_in_by_it(service: Service) -> None:
    """Anybody may have opened an account here with somebody else's address."""
    row = local()
    mirrored(service)
    adopt()
    row.refresh_from_db()
    assert not row.has_usable_password()


def test_whom_this_service_has_disabled_stays_so(service: Service) -> None:
    row, remote = local(is_active=False), mirrored(service)
    adopt()
    assert whose(remote) == row.pk
    row.refresh_from_db()
    assert row.is_active is False


def test_the_row_of_first_sight_stays_emptied_where_something_refers_to_it(service: Service) -> None:
    row, remote = local(), mirrored(service)
    placeholder = remote.user
    Order.objects.create(owner=placeholder)
    assert [each.kept_by for each in adopt()] == ["1 orders.Order"]
    assert whose(remote) == row.pk
    placeholder.refresh_from_db()
    assert (placeholder.is_active, placeholder.first_name) == (False, "")
    assert "ada@example.com" not in (placeholder.email, placeholder.get_username())
    assert Order.objects.get().owner_id == placeholder.pk


def test_whoever_was_adopted_is_moved_no_more(service: Service) -> None:
    row, remote = local(), mirrored(service)
    Order.objects.create(owner=remote.user)
    adopt()
    assert adopt() == []
    local("Ada@example.com")
    assert all(each.refusal for each in adopt())
    assert whose(remote) == row.pk


def test_the_service_hears_of_it(service: Service) -> None:
    row, _ = local(), mirrored(service)
    heard: list[tuple[Any, bool]] = []

    def receive(user: Any, created: bool, **_: object) -> None:
        heard.append((user.pk, created))

    signals.user_mirrored.connect(receive)
    adopt()
    signals.user_mirrored.disconnect(receive)
    assert heard == [(row.pk, False)]


def test_case_alone_makes_no_other_address(service: Service) -> None:
    row, remote = local("Ada@Example.com"), mirrored(service)
    adopt()
    assert whose(remote) == row.pk


Change = Callable[[Service, Any, RemoteUser], object]


def two_rows(service: Service, row: Any, remote: RemoteUser) -> None:
    local("ADA@example.com")


def two_people(service: Service, row: Any, remote: RemoteUser) -> None:
    mirrored(service, "ADA@example.com")


def unverified(service: Service, row: Any, remote: RemoteUser) -> None:
    RemoteUser.objects.update(email_verified=False)


def stale(service: Service, row: Any, remote: RemoteUser) -> None:
    RemoteUser.objects.update(is_stale=True)


def in_use(service: Service, row: Any, remote: RemoteUser) -> None:
    remote.user.set_password("of the person's own")
    remote.user.save()


def renamed(service: Service, row: Any, remote: RemoteUser) -> None:
    setattr(remote.user, User.USERNAME_FIELD, "chosen@example.com")
    remote.user.save()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (two_rows, "2 rows here"),
        (two_people, "2 people"),
        (unverified, "not verified"),
        (stale, "not up to date"),
        (in_use, "not as it was made"),
        (renamed, "not as it was made"),
    ],
)
def test_what_is_unclear_is_refused(service: Service, change: Change, words: str) -> None:
    row, remote = local(), mirrored(service)
    before = remote.user_id
    change(service, row, remote)
    found = adopt()
    assert found
    assert all(words in each.refusal for each in found)
    assert whose(remote) == before
    row.refresh_from_db()
    assert row.has_usable_password()


@pytest.mark.parametrize("privilege", ["is_staff", "is_superuser"])
def test_an_address_gives_nobody_privileges(service: Service, privilege: str) -> None:
    if not hasattr(User, privilege):
        pytest.skip("this user model knows none")
    row, remote = local("ada@example.com", **{privilege: True}), mirrored(service)
    assert "privileges" in adopt()[0].refusal
    assert whose(remote) != row.pk


@pytest.mark.parametrize("granted", ["groups", "user_permissions"])
def test_a_row_that_was_granted_something_is_nobodys_by_address(service: Service, granted: str) -> None:
    if not hasattr(User, granted):
        pytest.skip("this user model knows none")
    row, remote = local(), mirrored(service)
    getattr(row, granted).add(
        Group.objects.create(name="editors") if granted == "groups" else Permission.objects.all()[0]
    )
    assert "privileges" in adopt()[0].refusal
    assert whose(remote) != row.pk


@pytest.mark.parametrize(
    "case", [{"address": "other@example.com"}, {"address": ""}], ids=["another address", "no address"]
)
def test_without_a_row_of_the_address_nothing_is_said(service: Service, case: dict[str, str]) -> None:
    local()
    mirrored(service, case["address"])
    assert adopt() == []


def test_who_was_deleted_gets_nobodys_row(service: Service) -> None:
    remote = mirrored(service)
    mirror.remove(remote)
    local()
    assert adopt() == []


def test_what_changes_in_between_is_refused(service: Service) -> None:
    row, remote = local(), mirrored(service)
    (decision,) = adoption.decisions(ISSUER)
    User._default_manager.filter(pk=row.pk).update(email="other@example.com")
    assert "changed meanwhile" in adoption.adopt(decision).refusal
    User._default_manager.filter(pk=row.pk).delete()
    assert "changed meanwhile" in adoption.adopt(decision).refusal
    assert whose(remote) == remote.user_id


def test_what_fails_at_a_receiver_leaves_everything_as_it_was(service: Service) -> None:
    row, remote = local(), mirrored(service)

    def fail(**_: object) -> None:
        raise RuntimeError

    signals.user_mirrored.connect(fail)
    (decision,) = adoption.decisions(ISSUER)
    with pytest.raises(RuntimeError):
        adoption.adopt(decision)
    signals.user_mirrored.disconnect(fail)
    assert whose(remote) == remote.user_id
    row.refresh_from_db()
    assert row.has_usable_password()
