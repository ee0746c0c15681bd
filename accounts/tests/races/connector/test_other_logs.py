"""The auth service comes back as another one, or from an older backup, or the order service has slept for too long."""

import secrets
import time
from typing import Final
from uuid import UUID

import pytest

from accounts.models import Notice
from accounts.principals import Origin, UserPrincipal
from accounts.services import profile
from accounts.tests.races import people
from accounts.tests.races.connector import revoking
from accounts.tests.races.connector import shops as shop_processes
from accounts.tests.races.connector.conftest import Lone
from accounts.tests.races.connector.revoking import BOUND_SECONDS
from accounts.tests.races.connector.watching import watch
from accounts.tests.support import forging
from accounts.tests.support.databases import Databases
from accounts.tests.support.forging import claims_of
from accounts.tests.support.http import Response
from accounts.tests.support.postgresql import PostgreSQL
from accounts.tests.support.processes import Server, Servers

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow, pytest.mark.trials(short=1, long=1)]

LOST: Final = 20
FRESH_SECONDS: Final = 2.0
SETTLED_SECONDS: Final = 1.5


def sign_in(auth: Server) -> str:
    return people.sign_in(auth, people.register(auth)).access


def status(shop: Server, token: str) -> int:
    return orders(shop, token).status


def orders(shop: Server, token: str) -> Response:
    with shop.client() as client:
        return shop_processes.orders(client, token)


def last_yes_at_suspension(shop: Server, token: str) -> float:
    """Within `database.orm()`. A “no” and a “can't tell” are both none."""
    with watch(shop, token, pause_seconds=0.01) as watched:
        revoking.suspend(token)
        returned = time.monotonic()
        watched.wait_for(401)
        time.sleep(SETTLED_SECONDS)
    return watched.last_yes_after(returned)


def change_profile(token: str, number: int) -> None:
    """So many notices. Within `database.orm()`."""
    claims = claims_of(token)
    actor = UserPrincipal(user_id=UUID(claims["sub"]), session_id=UUID(claims["sid"]))
    for index in range(number):
        profile.update({"first_name": f"Ada {index}"}, actor=actor, origin=Origin())


def test_another_secret_key_signs_nobody_out(servers: Servers, lone: Lone) -> None:
    """Its signing keys can't be read then, and what they have signed holds."""
    (shop,) = shop_processes.start(lone.shops, lone.credentials)
    token, other = sign_in(lone.auth), sign_in(lone.auth)
    assert [status(shop, each) for each in (token, other)] == [200, 200]
    with watch(shop, token, pause_seconds=0.02) as watched:
        time.sleep(SETTLED_SECONDS)
        lone.auth.stop()
        lone.auth.change_environment({"SECRET_KEY": secrets.token_urlsafe(64)})
        lone.auth.start()
        time.sleep(2 * SETTLED_SECONDS)
    assert {each.status for each in watched.seen} <= {200, 503}
    assert watched.seen[-1].status == 200
    with servers.database.orm():
        assert last_yes_at_suspension(shop, other) <= BOUND_SECONDS


def test_another_service_by_the_same_name_knows_nobody_of_before(lone: Lone, databases: Databases) -> None:
    """New keys, a new database, and it does not know the order service's client either: each token is asked about."""
    (shop,) = shop_processes.start(lone.shops, lone.credentials)
    token, another = sign_in(lone.auth), databases.create()
    try:
        with watch(shop, token, pause_seconds=0.02) as watched:
            time.sleep(SETTLED_SECONDS)
            lone.auth.stop()
            lone.auth.change_environment({**another.env, "SECRET_KEY": secrets.token_urlsafe(64)})
            lone.auth.start()
            began = time.monotonic()
            watched.wait_for(401)
            time.sleep(SETTLED_SECONDS)
        assert watched.last_yes_after(began) <= BOUND_SECONDS
        assert status(shop, token) == 401
        newcomer = sign_in(lone.auth)
        assert status(shop, newcomer) == 200
        with lone.auth.client() as client:
            assert client.post("/auth/logout", token=newcomer).status == 204
        time.sleep(SETTLED_SECONDS)
        assert status(shop, newcomer) == 401
    finally:
        lone.auth.stop()
        databases.drop(another)


def test_after_a_restored_backup_the_next_suspensions_are_felt_in_time(
    servers: Servers, lone: Lone, postgresql: PostgreSQL
) -> None:
    (shop,) = shop_processes.start(lone.shops, lone.credentials)
    first, second = (sign_in(lone.auth) for _ in range(2))
    name, email = servers.database.name, people.register(lone.auth)
    postgresql.run("pg_dump", "--format=custom", "-f", f"{name}.dump", "-d", postgresql.url(name))
    stranger, lost = sign_in(lone.auth), people.sign_in(lone.auth, email).access
    assert [status(shop, each) for each in (first, second, stranger, lost)] == [200] * 4
    with servers.database.orm():
        change_profile(lost, LOST)
        time.sleep(SETTLED_SECONDS)  # all of them are heard
        options = ("--clean", "--if-exists", "--single-transaction")
        postgresql.run("pg_restore", *options, "-d", postgresql.url(name), f"{name}.dump")
        assert last_yes_at_suspension(shop, first) <= BOUND_SECONDS
        assert last_yes_at_suspension(shop, second) <= BOUND_SECONDS
        assert status(shop, stranger) == 401
        servers.database.manage("invalidate_all_tokens")
        with watch(shop, lost, pause_seconds=0.02) as watched:  # no row is left of its session, so none could be named
            servers.database.manage("rotate_signing_key", "--compromised", forging.header_of(lost)["kid"])
            returned = time.monotonic()
            time.sleep(2 * SETTLED_SECONDS)
    assert watched.last_yes_after(returned) <= BOUND_SECONDS
    assert watched.seen[-1].status in {401, 503}
    revoking.delete_owner(servers, lone.auth, shop, postgresql, lone.shops.database)


def test_who_slept_past_the_retention_takes_over_everything_anew(
    servers: Servers, lone: Lone, postgresql: PostgreSQL
) -> None:
    (shop,) = shop_processes.start(lone.shops, lone.credentials)
    good, suspended, deleted = (sign_in(lone.auth) for _ in range(3))
    for token in (good, suspended, deleted):
        shop_processes.order(shop, token)
    time.sleep(SETTLED_SECONDS)
    shop.freeze()
    with servers.database.orm():
        change_profile(good, 2)
        last = Notice.objects.find_last()
        assert last is not None
        revoking.suspend(suspended)
        revoking.delete(lone.auth, deleted)
        Notice.objects.filter(seq__lte=last.seq).delete()  # as the worker does it, in the end
    time.sleep(FRESH_SECONDS)
    shop.thaw()
    assert [status(shop, each) for each in (suspended, deleted, good)] == [401, 401, 200]
    time.sleep(SETTLED_SECONDS)
    assert [status(shop, each) for each in (suspended, deleted, good)] == [401, 401, 200]
    assert "notices does not know our position any more" in shop.log
    assert_mirrored(postgresql, lone, good)
    assert revoking.count_orders(deleted, postgresql, lone.shops.database) == 0
    assert revoking.count_orders(good, postgresql, lone.shops.database) == 1


def assert_mirrored(cluster: PostgreSQL, lone: Lone, token: str) -> None:
    """Also what a notice told of that is lost."""
    statement = (
        "SELECT local.first_name FROM auth_user local JOIN authservice_connector_remoteuser mirrored"
        f" ON mirrored.user_id = local.id WHERE mirrored.subject = '{claims_of(token)['sub']}'"
    )
    assert cluster.execute(statement, database=lone.shops.database.name) == [("Ada 1",)]
