"""A service client's token stands as long as the client is active and has the epoch that the token names."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from accounts.errors import ClientDisabled, SessionRevoked
from accounts.models import Notice, NoticeType, ServiceClient, Session
from accounts.models.clients import make_client_id
from accounts.notices.tail import MEMORY_SECONDS, READ_EVERY_SECONDS
from accounts.principals import ClientPrincipal, UserPrincipal
from accounts.tests.support import service_clients
from accounts.tokens import remembered, standing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def client() -> ServiceClient:
    return service_clients.make("users:read").client


def recall(client: ServiceClient) -> ServiceClient:
    return standing.recall_client(client_id=client.pk, epoch=client.epoch)


def disable_elsewhere(client: ServiceClient) -> None:
    """As another process does it: nobody tells this one."""
    with transaction.atomic():
        ServiceClient.objects.filter(pk=client.pk).update(is_active=False, epoch=uuid4())
        Notice.objects.create(type=NoticeType.CLIENT_CHANGED, subject=client.pk, data={"sid": str(client.epoch)})


@pytest.mark.parametrize("read", [standing.read_client, standing.recall_client])
def test_each_ending_has_its_reason(client: ServiceClient, read: Callable[..., ServiceClient]) -> None:
    assert read(client_id=client.pk, epoch=client.epoch) == client
    with pytest.raises(SessionRevoked, match="get a new one"):
        read(client_id=client.pk, epoch=uuid4())
    for nobody in (make_client_id(), "", "authservice", "\0"):
        with pytest.raises(ClientDisabled):
            read(client_id=nobody, epoch=uuid4())
    service_clients.disable(client)
    for epoch in (client.epoch, uuid4()):
        with pytest.raises(ClientDisabled):
            read(client_id=client.pk, epoch=epoch)


def test_it_is_one_query_and_none_once_it_is_known(
    client: ServiceClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        recall(client)
    with django_assert_num_queries(0):
        assert recall(client) == client


def test_whatever_stands_behind_a_caller_is_read(client: ServiceClient, session: Session) -> None:
    assert standing.read(ClientPrincipal(client.pk, client.epoch, frozenset())) == client
    assert standing.read(UserPrincipal(session.user_id, session.pk)) == session


def test_whoever_asks_gets_a_copy_of_their_own(client: ServiceClient) -> None:
    recall(client)
    mine = recall(client)
    mine.is_active, mine.name = False, "changed"
    assert (recall(client).is_active, recall(client).name) == (True, "orders")


def test_another_clients_id_does_not_find_it(client: ServiceClient) -> None:
    recall(client)
    other = service_clients.make().client
    with pytest.raises(SessionRevoked):
        standing.recall_client(client_id=other.pk, epoch=client.epoch)


def test_a_change_here_holds_at_once(client: ServiceClient) -> None:
    recall(client)
    service_clients.disable(client)
    with pytest.raises(ClientDisabled):
        recall(client)


def test_a_change_elsewhere_holds_once_its_notice_is_read(
    client: ServiceClient, later: Callable[[float], None]
) -> None:
    recall(client)
    disable_elsewhere(client)
    assert recall(client)
    later(READ_EVERY_SECONDS)
    with pytest.raises(ClientDisabled):
        recall(client)


def test_what_was_disabled_behind_the_services_back_is_forgotten_in_time(
    client: ServiceClient, later: Callable[[float], None]
) -> None:
    recall(client)
    ServiceClient.objects.update(is_active=False)
    for _ in range(4):
        later(MEMORY_SECONDS / 5)
        assert recall(client)
    later(MEMORY_SECONDS / 5)
    with pytest.raises(ClientDisabled):
        recall(client)


def test_within_a_transaction_the_database_is_asked(client: ServiceClient) -> None:
    recall(client)
    with transaction.atomic():
        ServiceClient.objects.update(is_active=False)
        with pytest.raises(ClientDisabled):
            recall(client)


def test_clients_crowd_no_sessions_out(
    client: ServiceClient, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembered, "MAX_REMEMBERED", 2)
    standing.recall_session(user_id=session.user_id, session_id=session.pk)
    epochs = [recall(service_clients.make().client).epoch for _ in range(3)]
    assert set(standing.clients._store._entries) == {*epochs[1:]}
    assert set(standing.sessions._store._entries) == {session.pk}
    standing.forget()
    assert not standing.clients._store._entries
    assert not standing.sessions._store._entries
