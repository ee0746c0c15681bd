"""Deletions wait for the service clients that hold personal data, as long as these do."""

from contextlib import nullcontext
from uuid import uuid4

import pytest

from accounts.errors import PermissionDenied
from accounts.models import Deletion, DeletionConsumer, ServiceClient, User
from accounts.principals import Origin, System
from accounts.services.clients import clients
from accounts.services.clients.clients import NewSecret
from accounts.services.deleting import deletion, erasure, receipts
from accounts.tests.support import consumers, service_clients
from accounts.tests.support.factories import MakeUser
from accounts.tests.support.staff import acting, make_staff

pytestmark = pytest.mark.django_db

OPERATOR = System("test")
NOWHERE = Origin()
CLIENTS = [f"accounts.{verb}_serviceclient" for verb in ("add", "change", "delete")] + ["accounts.change_user"]


@pytest.fixture
def holder() -> NewSecret:
    return service_clients.make("notices:read", holds_personal_data=True)


def hold(made: NewSecret, *, holds_personal_data: bool) -> None:
    changes = {"holds_personal_data": holds_personal_data}
    clients.change(made.client.pk, changes, actor=OPERATOR, origin=NOWHERE)


def delete(user: User) -> None:
    deletion.request(user.pk, actor=OPERATOR, origin=NOWHERE)


def awaited(user: User) -> list[str]:
    """By whose acknowledgement the deletion is held up; empty once it is completed."""
    erasure.advance_deletions()
    if Deletion.objects.get(user_id=user.pk).completed_at is not None:
        return []
    report = receipts.report(user.pk, actor=OPERATOR)
    return [each.client_id for each in report.consumers if each.state == receipts.AcknowledgementState.PENDING]


def test_a_deletion_waits_for_who_holds_personal_data_and_for_nobody_else(holder: NewSecret, user: User) -> None:
    service_clients.make("notices:read")
    delete(user)
    assert awaited(user) == [holder.client.pk]
    consumers.catch_up(DeletionConsumer.objects.get(pk=holder.client.pk))
    assert awaited(user) == []


def test_whoever_holds_no_more_is_waited_for_no_more(holder: NewSecret, user: User) -> None:
    delete(user)
    hold(holder, holds_personal_data=False)
    assert DeletionConsumer.objects.get().retired_at is not None
    assert awaited(user) == []
    assert not User.objects.filter(pk=user.pk).exists()


def test_a_removed_client_is_waited_for_no_more_and_stays_on_the_receipt(holder: NewSecret, user: User) -> None:
    client_id = holder.client.pk
    delete(user)
    clients.remove(client_id, actor=OPERATOR, origin=NOWHERE)
    assert awaited(user) == []
    (named,) = receipts.report(user.pk, actor=OPERATOR).consumers
    assert (named.client_id, named.state) == (client_id, receipts.AcknowledgementState.RETIRED)


def test_a_disabled_client_still_holds_what_it_holds(holder: NewSecret, user: User) -> None:
    service_clients.disable(holder.client)
    delete(user)
    assert awaited(user) == [holder.client.pk]


def test_whoever_begins_to_hold_is_waited_for_from_the_next_deletion_on(user: User, make_user: MakeUser) -> None:
    earlier, later = user, make_user()
    first, made = service_clients.make(holds_personal_data=True), service_clients.make()
    delete(earlier)
    hold(made, holds_personal_data=True)
    delete(later)
    assert awaited(earlier) == [first.client.pk]
    assert sorted(awaited(later)) == sorted([first.client.pk, made.client.pk])


def test_whoever_holds_again_is_waited_for_again(holder: NewSecret, user: User) -> None:
    hold(holder, holds_personal_data=False)
    retired_at = DeletionConsumer.objects.get().retired_at
    hold(holder, holds_personal_data=False)
    assert DeletionConsumer.objects.get().retired_at == retired_at
    hold(holder, holds_personal_data=True)
    assert DeletionConsumer.objects.get().retired_at is None
    delete(user)
    assert awaited(user) == [holder.client.pk]


@pytest.mark.parametrize("holds_personal_data", [True, False])
def test_only_who_may_force_deletions_decides_for_whom_they_wait(*, holds_personal_data: bool) -> None:
    """One that never acknowledges would hold them up; taking one away is not waiting for what it holds."""
    made = service_clients.make(holds_personal_data=not holds_personal_data)
    for permissions, may in ((CLIENTS, False), ([*CLIENTS, "accounts.delete_user"], True)):
        clerk = acting(make_staff(*permissions))
        with nullcontext() if may else pytest.raises(PermissionDenied, match=r"accounts\.delete_user"):
            changes = {"holds_personal_data": holds_personal_data, "name": "x"}
            clients.change(made.client.pk, changes, actor=clerk, origin=NOWHERE)
        made.client.refresh_from_db()
        assert made.client.holds_personal_data is (holds_personal_data == may)
        assert DeletionConsumer.objects.filter(retired_at=None).exists() is made.client.holds_personal_data


def test_only_who_may_force_deletions_makes_or_removes_a_client_that_they_wait_for(holder: NewSecret) -> None:
    clerk = acting(make_staff(*CLIENTS, "accounts.view_notice"))
    with pytest.raises(PermissionDenied, match=r"accounts\.delete_user"):
        clients.remove(holder.client.pk, actor=clerk, origin=NOWHERE)
    with pytest.raises(PermissionDenied, match=r"accounts\.delete_user"):
        clients.create(name="x", holds_personal_data=True, actor=clerk, origin=NOWHERE)
    assert ServiceClient.objects.get() == holder.client
    assert DeletionConsumer.objects.get().retired_at is None
    clients.remove(service_clients.make().client.pk, actor=clerk, origin=NOWHERE)
    trusted = acting(make_staff(*CLIENTS, "accounts.view_notice", "accounts.delete_user"))
    clients.remove(holder.client.pk, actor=trusted, origin=NOWHERE)
    clients.create(name="x", holds_personal_data=True, actor=trusted, origin=NOWHERE)


def test_a_client_that_administers_says_of_itself_that_it_holds_no_more() -> None:
    """With its own tokens, which end by that."""
    made = service_clients.make("users:admin", holds_personal_data=True)
    itself = service_clients.principal(made)
    clients.change(made.client.pk, {"holds_personal_data": False}, end_tokens=True, actor=itself, origin=NOWHERE)
    assert DeletionConsumer.objects.get().retired_at is not None


def test_other_changes_leave_it_alone(holder: NewSecret) -> None:
    clients.change(holder.client.pk, {"name": f"{uuid4()}"}, actor=OPERATOR, origin=NOWHERE)
    clients.add_secret(holder.client.pk, actor=OPERATOR, origin=NOWHERE)
    assert DeletionConsumer.objects.get().retired_at is None
    assert not DeletionConsumer.objects.exclude(pk=holder.client.pk).exists()
