"""Places that many take and give back at once: nobody waits for anybody in a ring, and no count is lost."""

from collections import Counter
from typing import Final

import pytest

from accounts.conf import Limit
from accounts.models import AttemptCounter
from accounts.tests.support.together import together
from accounts.throttling.counters import Place
from accounts.throttling.database_counters import DatabaseCounters

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

THREADS: Final = 8
TURNS: Final = 40
ROOM: Final = Limit(count=1000, period_seconds=600)


def test_each_place_is_given_back_once_however_many_go_to_the_same_rows() -> None:
    """Each address with each account, so that every order of the rows comes up but the one that all keep to."""
    counters = DatabaseCounters()

    def come_and_go(index: int) -> None:
        for turn in range(TURNS):
            address, account = f"address{(index + turn) % 2}", f"account{turn % 3 % 2}"
            counters.release(*counters.reserve(Place(address, ROOM), Place(account, ROOM)).reservations)

    together(come_and_go, threads=THREADS)
    assert set(AttemptCounter.objects.values_list("count", flat=True)) == {0}


def test_of_many_at_once_as_many_get_both_places_as_the_narrower_limit_says() -> None:
    counters, wide, narrow = DatabaseCounters(), Place("address", Limit(5, 600)), Place("account", Limit(3, 600))

    def come(_: int) -> tuple[int, str]:
        taken = counters.reserve(wide, narrow)
        return len(taken.reservations), taken.full.key if taken.full else ""

    assert Counter(together(come, threads=THREADS)) == {(2, ""): 3, (1, "account"): 2, (0, "address"): 3}
    assert dict(AttemptCounter.objects.values_list("key", "count")) == {"address": 5, "account": 3}
