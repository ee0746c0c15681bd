"""The story of examples/orders/: beside an auth service of two processes, and as `make example` does it."""

import sys

import pytest

from accounts.tests.contract.programs import run
from accounts.tests.races import people, suspending
from accounts.tests.races.connector import changing, revoking
from accounts.tests.races.connector import shops as shop_processes
from accounts.tests.races.connector.conftest import Fleet
from accounts.tests.races.connector.watching import watch
from accounts.tests.support.environment import CHECKOUT
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of
from accounts.tests.support.postgresql import PostgreSQL
from accounts.tests.support.processes import Server, Servers

STEPS = ("signs in", "orders", "suspended", "refuses", "reinstated", "orders", "deletes", "refuses", "gone", "receipt")


@pytest.mark.postgresql
@pytest.mark.processes
def test_order_be_suspended_be_reinstated_order_again_be_deleted(
    servers: Servers, fleet: Fleet, postgresql: PostgreSQL
) -> None:
    (shop,) = shop_processes.start(fleet.shops, fleet.credentials)
    email = people.register(fleet.auth.here)
    tokens = people.sign_in(fleet.auth.here, email)
    shop_processes.order(shop, tokens.access, "a difference engine")
    with watch(shop, tokens.access, pause_seconds=0.01) as watched:
        returned = suspending.suspend(fleet.auth, tokens)
        watched.wait_for(401)
    assert watched.last_yes_after(returned) <= revoking.BOUND_SECONDS

    reinstate(fleet, tokens)
    again = people.sign_in(fleet.auth.there, email)
    shop_processes.order(shop, again.access, "a loom")
    assert articles(shop, again.access) == ["a difference engine", "a loom"]
    with shop.client() as client:
        assert client.get("/orders", token=tokens.access).status == 401  # what was ended stays ended
        assert client.get("/orders/count", token=again.access).status == 403
        service = client.get("/orders/count", token=changing.make_service(fleet))
        assert (service.status, service.json) == (200, {"orders": 2, "people": 1})

    with watch(shop, again.access, pause_seconds=0.01) as watched:
        revoking.delete(fleet.auth.here, again.access)
        watched.wait_for(401)
    revoking.assert_gone(servers, again.access, postgresql, fleet.shops.database)
    assert_complete(servers, fleet, again)


def reinstate(fleet: Fleet, tokens: Tokens) -> None:
    path = f"/users/{claims_of(tokens.access)['sub']}/reinstate"
    with fleet.auth.here.client() as client:
        assert client.post(path, token=fleet.auth.staff.access).status == 200


def articles(shop: Server, token: str) -> list[str]:
    with shop.client() as client:
        return [order["article"] for order in shop_processes.orders(client, token).json]


def assert_complete(servers: Servers, fleet: Fleet, tokens: Tokens) -> None:
    servers.database.manage("work", "--once")
    with fleet.auth.there.client() as client:
        path = f"/users/{claims_of(tokens.access)['sub']}/deletion"
        receipt = client.get(path, token=fleet.auth.staff.access).json
    assert receipt["completed_at"]
    (consumer,) = receipt["consumers"]
    assert (consumer["client_id"], consumer["state"]) == (fleet.credentials.client_id, "acknowledged")


@pytest.mark.sqlite
@pytest.mark.processes
@pytest.mark.slow
def test_make_example_tells_it() -> None:
    told = run(sys.executable, "examples/orders/story.py", cwd=CHECKOUT, seconds=100)
    lines = iter(told.splitlines())
    for step in STEPS:
        assert any(step in line for line in lines), (step, told)
