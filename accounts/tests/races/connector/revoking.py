"""Somebody new orders, and is suspended or deleted at the auth service: what the order service makes of it."""

import time
from typing import Final
from uuid import UUID

from accounts.models import Deletion, DeletionConsumer, Notice
from accounts.principals import Origin, System
from accounts.services import suspension
from accounts.tests.races import people
from accounts.tests.races.connector import shops as shop_processes
from accounts.tests.races.connector.watching import watch
from accounts.tests.support.databases import Database
from accounts.tests.support.factories import PASSWORD
from accounts.tests.support.forging import claims_of
from accounts.tests.support.postgresql import PostgreSQL
from accounts.tests.support.processes import Server, Servers

BOUND_SECONDS: Final = 2.0
SETTLED_SECONDS: Final = 1.2
DELETED_WITHIN_SECONDS: Final = 20.0


def last_yes(servers: Servers, auth: Server, shop: Server) -> float:
    """For how long they were believed after their suspension; nothing but “yes” and “no” is heard."""
    token = people.sign_in(auth, people.register(auth)).access
    shop_processes.order(shop, token)
    with servers.database.orm(), watch(shop, token, pause_seconds=0.01) as watched:
        time.sleep(SETTLED_SECONDS)
        suspend(token)
        returned = time.monotonic()
        watched.wait_for(401)
        time.sleep(SETTLED_SECONDS)
    assert {each.status for each in watched.seen} == {200, 401}
    return watched.last_yes_after(returned)


def suspend(token: str) -> None:
    """In this process, on the auth service's database."""
    suspension.suspend(UUID(claims_of(token)["sub"]), reason="a trial", actor=System("test"), origin=Origin())


def delete_owner(servers: Servers, auth: Server, shop: Server, cluster: PostgreSQL, orders: Database) -> None:
    """AssertionError unless the orders go, and the auth service hears that they have."""
    token = people.sign_in(auth, people.register(auth)).access
    shop_processes.order(shop, token)
    delete(auth, token)
    assert_gone(servers, token, cluster, orders)


def delete(auth: Server, token: str) -> None:
    with auth.client() as client:
        assert client.post("/auth/user/delete", {"password": PASSWORD}, token=token).status == 202


def assert_gone(servers: Servers, token: str, cluster: PostgreSQL, orders: Database) -> None:
    deadline = time.monotonic() + DELETED_WITHIN_SECONDS
    with servers.database.orm():
        while not _is_acknowledged(token):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert count_orders(token, cluster, orders) == 0


def count_orders(token: str, cluster: PostgreSQL, orders: Database) -> int:
    statement = (
        "SELECT count(*) FROM orders_order placed"
        " JOIN authservice_connector_remoteuser mirrored ON mirrored.user_id = placed.owner_id"
        f" WHERE mirrored.subject = '{claims_of(token)['sub']}'"
    )
    ((number,),) = cluster.execute(statement, database=orders.name)
    assert isinstance(number, int)
    return number


def _is_acknowledged(token: str) -> bool:
    deletion = Deletion.objects.get(user_id=claims_of(token)["sub"])
    told = Notice.objects.get(pk=deletion.notice_id).seq
    return DeletionConsumer.objects.filter(acknowledged_seq__gte=told).exists()
