"""An account ends: the auth service knows by itself when, and tells those who verify by themselves."""

import time
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from accounts.principals import Origin, System
from accounts.services import expiry
from accounts.tests.races import people, suspending
from accounts.tests.races.connector import revoking
from accounts.tests.races.connector import shops as shop_processes
from accounts.tests.races.connector.conftest import Fleet
from accounts.tests.races.connector.watching import watch
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of
from accounts.tests.support.processes import Servers

pytestmark = [pytest.mark.postgresql, pytest.mark.processes, pytest.mark.slow]

IN_A_MOMENT = timedelta(seconds=8)
"""Enough to sign in, to order, and to be believed from memory, on a busy machine, too."""

HERE_WITHIN_SECONDS = 0.25
"""For an answer that was on its way."""


def set_expiry(tokens: Tokens, end: datetime) -> None:
    """In this process, on the auth service's database."""
    user_id = UUID(claims_of(tokens.access)["sub"])
    expiry.set_expiry(user_id, end, actor=System("test"), origin=Origin())


def test_an_end_that_is_over_is_felt_in_a_remote_service_within_two_seconds(servers: Servers, fleet: Fleet) -> None:
    (shop,) = shop_processes.start(fleet.shops, fleet.credentials)
    tokens = suspending.newcomer(fleet.auth)
    shop_processes.order(shop, tokens.access)
    with servers.database.orm(), watch(shop, tokens.access, pause_seconds=0.01) as watched:
        time.sleep(revoking.SETTLED_SECONDS)
        set_expiry(tokens, timezone.now())
        returned = time.monotonic()
        watched.wait_for(401)
        time.sleep(revoking.SETTLED_SECONDS)
    assert {each.status for each in watched.seen} == {200, 401}
    assert watched.last_yes_after(returned) <= revoking.BOUND_SECONDS


def test_an_end_that_comes_is_felt_here_at_once_and_in_a_remote_service_when_the_worker_has_told(
    servers: Servers, fleet: Fleet
) -> None:
    """No worker runs until the account has ended here."""
    (shop,) = shop_processes.start(fleet.shops, fleet.credentials)
    email = people.register(fleet.auth.here)
    end = timezone.now() + IN_A_MOMENT
    with servers.database.orm():
        set_expiry(people.sign_in(fleet.auth.here, email), end)
    tokens = people.sign_in(fleet.auth.here, email)
    assert claims_of(tokens.access)["exp"] == int(end.timestamp())
    shop_processes.order(shop, tokens.access)
    refused = {(401, "account_suspended")}
    with (
        suspending.watch_both(fleet.auth, tokens, refusals=refused) as auths,
        watch(shop, tokens.access, pause_seconds=0.01) as watched,
    ):
        ended = time.monotonic() + (end - timezone.now()).total_seconds()
        for each in auths:
            each.wait_until_refused(seconds=IN_A_MOMENT.total_seconds() + suspending.REFUSED_WITHIN_SECONDS)
        servers.database.manage("work", "--once")
        told = time.monotonic()
        watched.wait_for(401)
        time.sleep(revoking.SETTLED_SECONDS)
    assert not [other for each in auths for other in each.others]
    assert max(each.last_yes_after(ended) for each in auths) <= HERE_WITHIN_SECONDS
    assert {each.status for each in watched.seen} == {200, 401}
    assert watched.last_yes_after(told) <= revoking.BOUND_SECONDS
