"""A caller's next request costs no query, and what this service changes about its user is felt all the same."""

from collections.abc import Callable
from typing import Any

import pytest
from authservice_connector import callers, clock, current, mirror, recent
from authservice_connector.callers import DisabledHere
from authservice_connector.claims import of_payload
from authservice_connector.errors import SessionRevoked
from authservice_connector.models import RemoteUser
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models.fields.files import FieldFile
from pytest_django import DjangoAssertNumQueries, Settings

from tests.issuing import Later
from tests.orders.models import Customer, Member
from tests.service import Service

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def call(service: Service) -> Callable[[], Any]:
    """Somebody's request; the local user whom the service sees. They were here before."""
    token = service.token(service.register()["id"])

    def called() -> Any:
        known = callers.identify(f"Bearer {token}")
        assert known is not None
        return known[0]

    called()  # makes the row, which is not remembered: it was saved after it was looked for
    called()
    return called


def test_the_next_request_costs_no_query_and_shares_no_object(
    call: Callable[[], Any], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        first, second = call(), call()
    assert first == second == get_user_model()._default_manager.get()
    assert first is not second
    assert (first._state.db, first._state.adding) == ("default", False)
    first.is_active = False  # of this object alone
    assert call().is_active


def test_what_is_saved_here_is_felt_at_once(call: Callable[[], Any]) -> None:
    user = get_user_model()._default_manager.get()
    user.is_active = False
    user.save()
    with pytest.raises(DisabledHere):
        call()


def test_what_is_saved_here_as_a_proxy_is_felt_at_once(call: Callable[[], Any]) -> None:
    user = Customer._default_manager.get()
    user.is_active = False
    user.save()
    with pytest.raises(DisabledHere):
        call()


def test_what_is_saved_here_as_a_model_that_inherits_is_felt_at_once(call: Callable[[], Any]) -> None:
    row = get_user_model()._default_manager.values().get()
    member = Member(**row)
    setattr(member, Member._meta.pk.attname, row["id"])
    member.is_active, member._state.adding = False, False
    member.save()
    with pytest.raises(DisabledHere):
        call()


def test_what_is_changed_elsewhere_is_felt_in_five_seconds(call: Callable[[], Any], later: Later) -> None:
    get_user_model()._default_manager.update(is_active=False)
    later(4.9)
    assert call()
    later(0.2)
    with pytest.raises(DisabledHere):
        call()


def test_whom_this_service_has_disabled_is_not_remembered(call: Callable[[], Any], later: Later) -> None:
    get_user_model()._default_manager.update(is_active=False)
    later(5.1)
    with pytest.raises(DisabledHere):
        call()
    get_user_model()._default_manager.update(is_active=True)
    assert call()


def test_a_deleted_person_is_gone_at_once(call: Callable[[], Any]) -> None:
    remote = RemoteUser.objects.get()
    remote.deleted_at = remote.created_at
    remote.save()
    with pytest.raises(SessionRevoked):
        call()


def test_a_deleted_row_is_gone_at_once(call: Callable[[], Any]) -> None:
    before = call().pk
    get_user_model()._default_manager.get().delete()
    assert call().pk != before


def test_within_a_transaction_the_database_is_asked_and_nothing_is_remembered(call: Callable[[], Any]) -> None:
    users = current.connection().users
    with transaction.atomic():
        get_user_model()._default_manager.update(is_active=False)
        with pytest.raises(DisabledHere):
            call()
        transaction.set_rollback(True)
    users._by_key.clear()
    with transaction.atomic():
        assert call()
    assert users._by_key == {}


def test_it_can_be_switched_off(
    service: Service, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.AUTHSERVICE = settings.AUTHSERVICE | {"MAX_USER_AGE": 0}
    follower = current.connection().follower
    assert follower is not None
    follower.poll()
    token = service.token(service.register()["id"])
    callers.identify(f"Bearer {token}")
    with django_assert_num_queries(1):
        callers.identify(f"Bearer {token}")


def test_newer_details_that_came_along_want_the_row(call: Callable[[], Any]) -> None:
    """As an auth service's answer brings them, where each token is asked about."""
    users, remote = current.connection().users, RemoteUser.objects.get()
    names = {"iss": remote.issuer, "sub": remote.subject, "sid": "a", "client_id": "b", "iat": 0, "exp": 2**33}
    assert users.find(of_payload(names | {"user": {"version": remote.version}})) is not None
    assert users.find(of_payload(names | {"user": {"version": remote.version + 1}})) is None


def test_a_row_that_two_callers_could_not_share_is_not_remembered(call: Callable[[], Any]) -> None:
    users, remote = current.connection().users, RemoteUser.objects.select_related("user").get()
    users._by_key.clear()
    for value in (["a list"], {1}, object(), ("a tuple", []), bytearray(b"")):
        remote.user.password = value  # type: ignore[assignment]
        users.remember(remote, read_at=clock.now(), seen=users.changes)
        assert users._by_key == {}


def test_a_file_is_remembered_by_its_name(call: Callable[[], Any]) -> None:
    file = FieldFile(RemoteUser(), models.FileField(name="portrait"), "portraits/7.png")
    users, remote = current.connection().users, RemoteUser.objects.select_related("user").get()
    remote.user.password = file  # type: ignore[assignment]
    users.remember(remote, read_at=clock.now(), seen=users.changes)
    (read,) = users._by_key.values()
    assert "portraits/7.png" in [each for each in read.values if type(each) is str]


def test_what_is_saved_while_the_row_is_read_is_felt(call: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """By another thread of this process, between the read and what is remembered of it."""
    find = mirror.find
    current.connection().users._by_key.clear()

    def slow(*arguments: str) -> RemoteUser | None:
        found = find(*arguments)
        user = get_user_model()._default_manager.get()
        user.is_active = False
        user.save()
        return found

    monkeypatch.setattr(mirror, "find", slow)
    assert call()
    monkeypatch.setattr(mirror, "find", find)
    with pytest.raises(DisabledHere):
        call()


@pytest.mark.parametrize("model", ["user", "remote"])
def test_what_another_thread_reads_before_a_commit_is_forgotten_behind_it(call: Callable[[], Any], model: str) -> None:
    users = current.connection().users
    call()
    before = dict(users._by_key), dict(users._key_by_pk)
    with transaction.atomic():
        remote = RemoteUser.objects.select_related("user").get()
        (remote.user if model == "user" else remote).save()
        assert users._by_key == {}
        users._by_key, users._key_by_pk = before
    assert users._by_key == {}


def test_so_many_are_remembered_and_the_oldest_goes(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent, "MAX_REMEMBERED", 2)
    tokens = [service.token(service.register()["id"]) for _ in range(3)]
    for token in [*tokens, *tokens]:
        callers.identify(f"Bearer {token}")
    users = current.connection().users
    assert len(users._by_key) == len(users._key_by_pk) == 2
