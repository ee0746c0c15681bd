"""Many who append at once: no deadlock, no gap, nothing without a number, and nobody who follows misses any."""

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from uuid import UUID

import pytest
from django.db import connection

from accounts.models import Notice
from accounts.tests.races import tinkering
from accounts.tests.races.following import ByCursor, ByReader, Follower, Listening, following
from accounts.tests.races.writing import Writer
from accounts.tests.support.databases import Database
from accounts.tests.support.factories import make_user
from accounts.tests.support.together import together
from accounts.tests.support.trials import Distributions

WRITERS = 32
COMMIT_SECONDS = 0.002


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.INFO)
    yield
    logging.disable(logging.NOTSET)


def write_for(seconds: float, *, writers: int) -> list[Writer]:
    """All at once; an ExceptionGroup if a transaction of any of them is refused, by a deadlock for example."""
    users = [make_user().pk for _ in range(32)]
    everybody = [Writer(users) for _ in range(writers)]
    end = time.monotonic() + seconds
    together(lambda index: everybody[index].write_until(end), threads=writers)
    return everybody


def log_of_the_database() -> list[tuple[int, UUID]]:
    assert not Notice.objects.filter(seq__isnull=True).exists()
    return [(seq or 0, pk) for seq, pk in Notice.objects.order_by("seq").values_list("seq", "pk")]


def assert_all_is_numbered(writers: list[Writer]) -> None:
    whole = log_of_the_database()
    assert [seq for seq, _ in whole] == list(range(1, len(whole) + 1))
    kept = [pk for writer in writers for pk in writer.committed]
    assert {pk for _, pk in whole} == set(kept)
    assert len(whole) == len(kept)
    assert not {pk for writer in writers for pk in writer.undone} & set(kept)


def follow_and_write(seconds: float, *, writers: int) -> list[Writer]:
    """Each kind of follower reads meanwhile, without pause; all have met everything, in order, in the end."""
    with ExitStack() as stack:
        followers = [stack.enter_context(closing(each)) for each in (ByCursor(limit=50), ByCursor(limit=7), ByReader())]
        tail = stack.enter_context(closing(Listening()))
        for look in (tail.keeps_up, *(follower.look for follower in followers)):
            stack.enter_context(following(look))
        everybody = write_for(seconds, writers=writers)
        assert_all_is_numbered(everybody)
        for follower in followers:
            assert_it_meets_everything(follower)
        assert_it_heard_everything(tail)
    return everybody


def assert_it_meets_everything(follower: Follower) -> None:
    """Soon: it goes on reading."""
    whole, deadline = log_of_the_database(), time.monotonic() + 20
    while len(follower.met) < len(whole) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert follower.met == whole


def assert_it_heard_everything(tail: Listening) -> None:
    """What it does not hear it forgets: on a machine that is busy it may begin anew, but leaves nothing out between."""
    time.sleep(1)  # it reads a few times a second
    assert tail.keeps_up()
    subjects = [notice.subject for notice in Notice.objects.order_by("seq")]
    assert tail.stretches[-1]
    assert subjects[-len(tail.stretches[-1]) :] == tail.stretches[-1]
    for stretch in filter(None, tail.stretches):
        begin = subjects.index(stretch[0])
        assert subjects[begin : begin + len(stretch)] == stretch


@pytest.mark.postgresql
@pytest.mark.usefixtures("own_database", "unhurried")
@pytest.mark.trials(short=2, long=10)
@pytest.mark.parametrize("commit_seconds", [0, COMMIT_SECONDS])
def test_thirty_two_writers_and_their_followers(
    commit_seconds: float, trials: int, distributions: Distributions
) -> None:
    """For so many seconds."""
    if commit_seconds:
        tinkering.slow_commit(commit_seconds)
    writers = follow_and_write(trials, writers=WRITERS)
    what = f"{WRITERS} writers in {trials} s, {commit_seconds * 1000:.0f} ms to commit: a transaction that appends"
    distributions[what] += [seconds for writer in writers for seconds in writer.commits]


@pytest.mark.sqlite
@pytest.mark.usefixtures("unhurried")
@pytest.mark.trials(short=2, long=10)
def test_writers_and_followers_on_sqlite(own_database: Database, trials: int) -> None:
    """Few: they wait for each other by asking again and again."""
    assert connection.vendor == "sqlite"
    follow_and_write(trials, writers=4)
