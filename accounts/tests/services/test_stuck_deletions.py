"""However many can't be erased, a round is short, everybody has their turn, and the number is seen."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db.models.signals import pre_delete
from prometheus_client import REGISTRY

from accounts.models import Deletion, User
from accounts.principals import Origin, System
from accounts.services.deleting import deletion, erasure
from accounts.services.deleting.turns import Turns, turns
from accounts.tests.support import consumers
from accounts.tests.support.factories import MakeUser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _from_the_beginning() -> Iterator[None]:
    turns.forget()
    yield
    turns.forget()


@pytest.fixture
def stuck() -> Iterator[set[UUID]]:
    """The ids of users whom a receiver holds on to."""
    held: set[UUID] = set()

    def hold(instance: User, **_: Any) -> None:
        if instance.pk in held:
            raise ValueError

    pre_delete.connect(hold, sender=User)
    yield held
    pre_delete.disconnect(hold, sender=User)


def request(user: User) -> Deletion:
    return deletion.request(user.pk, actor=System("test"), origin=Origin())


def gauge() -> float | None:
    return REGISTRY.get_sample_value("authservice_unerased_deletions")


def test_a_round_tries_so_many_also_when_none_can_be_erased(
    make_user: MakeUser, stuck: set[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        user = make_user()
        stuck.add(user.pk)
        request(user)
    monkeypatch.setattr(erasure, "TRIED_AT_ONCE", 2)
    tried: list[UUID] = []
    erase = erasure._erase

    def erase_and_tell(deletion_id: UUID) -> bool:
        tried.append(deletion_id)
        return erase(deletion_id)

    monkeypatch.setattr(erasure, "_erase", erase_and_tell)
    for number in (1, 2):
        assert erasure.advance_deletions() == 0
        assert len(tried) == 2 * number
    erasure.advance_deletions()
    assert set(tried) == set(Deletion.objects.values_list("pk", flat=True))
    assert gauge() == 5
    stuck.clear()
    assert [erasure.advance_deletions() for _ in range(4)] == [2, 2, 1, 0]
    assert gauge() == 0


def test_those_who_wait_for_a_consumer_are_not_counted(user: User, make_user: MakeUser) -> None:
    consumers.make()
    request(user)
    erasure.advance_deletions()
    assert gauge() == 0


def test_the_ones_that_stay_hold_up_nobody(
    make_user: MakeUser, stuck: set[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasure, "TRIED_AT_ONCE", 1)
    orders = consumers.make()
    for _ in range(4):
        request(make_user())
    last = Deletion.objects.order_by("pk").values_list("user_id", flat=True)[3]
    stuck.update(Deletion.objects.exclude(user_id=last).values_list("user_id", flat=True))
    consumers.catch_up(orders)
    assert [erasure.advance_deletions() for _ in range(4)] == [0, 0, 0, 1]
    assert not User.objects.filter(pk=last).exists()


def test_each_has_its_turn_and_none_two_in_a_round(make_user: MakeUser) -> None:
    consumers.make()
    for _ in range(3):
        request(make_user())
    first, second, third = Deletion.objects.order_by("pk").values_list("pk", flat=True)
    deletions, own = Deletion.objects.all(), Turns()
    assert own.next_of(deletions, 2) == [first, second]
    assert own.next_of(deletions, 2) == [third, first]
    assert own.next_of(deletions, 5) == [second, third, first]
    assert own.next_of(Deletion.objects.none(), 2) == []
    assert own.next_of(deletions, 1) == [first]
