"""What a process may remember: as long as it hears the log, and of whom it has heard nothing since."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection, transaction

from accounts import clock
from accounts.models import Notice, NoticeType
from accounts.notices import log
from accounts.notices.reader import START, Entry, Position
from accounts.notices.tail import (
    BATCH,
    MEMORY_SECONDS,
    PAUSE_AFTER_FAILURE_SECONDS,
    READ_EVERY_SECONDS,
    RELIED_ON_SECONDS,
    Tail,
)
from accounts.notices.tail import tail as process_tail

pytestmark = pytest.mark.django_db(transaction=True)

ADA, BEN = "ada", "ben"


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    hands = Hands()
    monkeypatch.setattr(clock, "now", hands)
    return hands


@pytest.fixture
def tail(hands: Hands) -> Iterator[Tail]:
    """Another process's, as it were: it hears of what is done here from the log alone."""
    append("the first")
    tail = Tail()
    yield tail
    tail.close()


class Broken:
    """A reader whose database is away."""

    def last(self) -> Position:
        raise OperationalError

    def since(self, seq: int, *, limit: int) -> list[Entry]:
        raise OperationalError

    def close(self) -> None:
        """Nothing is open."""


def append(subject: str, notice_type: NoticeType = NoticeType.USER_UPDATED) -> UUID:
    with transaction.atomic():
        return log.append(notice_type, subject)


def mark_of(tail: Tail) -> int:
    assert tail.keeps_up()
    return tail.mark()


def test_a_notice_ends_what_was_remembered_of_its_subject_alone(tail: Tail, hands: Hands) -> None:
    mark = mark_of(tail)
    append(ADA)
    hands.move(READ_EVERY_SECONDS)
    assert tail.keeps_up()
    assert not tail.still_holds(mark, ADA)
    assert tail.still_holds(mark, BEN)
    assert tail.still_holds(tail.mark(), ADA)


def test_what_was_noted_before_a_notice_is_worthless_however_late_it_is_kept(tail: Tail, hands: Hands) -> None:
    """The fill race: the read of the database began before the change and ends after its notice was heard."""
    mark = mark_of(tail)
    for _ in range(4):
        append(ADA)
        hands.move(READ_EVERY_SECONDS)
        tail.keeps_up()
    assert not tail.still_holds(mark, ADA)


def test_the_log_is_read_once_in_a_quarter_second_whoever_asks(tail: Tail, hands: Hands) -> None:
    mark = mark_of(tail)
    append(ADA)
    hands.move(READ_EVERY_SECONDS - 0.01)
    assert tail.keeps_up()
    assert tail.still_holds(mark, ADA)
    hands.move(0.01)
    assert tail.keeps_up()
    assert not tail.still_holds(mark, ADA)


def test_a_changed_group_concerns_everybody(tail: Tail, hands: Hands) -> None:
    mark = mark_of(tail)
    append("7", NoticeType.GROUP_CHANGED)
    hands.move(READ_EVERY_SECONDS)
    assert tail.keeps_up()
    assert not tail.still_holds(mark, BEN)


def test_a_process_that_has_not_read_for_as_long_as_memory_lasts_starts_anew(tail: Tail, hands: Hands) -> None:
    append(ADA)
    mark = mark_of(tail)
    hands.move(MEMORY_SECONDS + 0.01)
    assert tail.keeps_up()
    assert not tail.still_holds(mark, BEN)


@pytest.mark.parametrize("loss", ["the last notice is gone", "another notice bears its number", "the log is empty"])
def test_a_log_that_is_not_the_one_read_before_makes_everything_worthless(tail: Tail, hands: Hands, loss: str) -> None:
    """After a failover to a standby that lagged, or a restore, the numbers are given once more to other notices."""
    append(ADA)
    last = append(ADA)
    mark = mark_of(tail)
    if loss == "the log is empty":
        Notice.objects.all().delete()
    else:
        Notice.objects.filter(pk=last).delete()
    if loss == "another notice bears its number":
        append(BEN)
    hands.move(READ_EVERY_SECONDS)
    assert tail.keeps_up()
    assert not tail.still_holds(mark, "zoe")
    mark = tail.mark()
    append(ADA)
    hands.move(READ_EVERY_SECONDS)
    assert tail.keeps_up()
    assert not tail.still_holds(mark, ADA)


def test_a_log_that_was_empty_and_is_not_makes_everything_worthless(tail: Tail, hands: Hands) -> None:
    """Nobody can say whether it is the log that was empty."""
    Notice.objects.all().delete()
    mark = mark_of(tail)
    hands.move(READ_EVERY_SECONDS)
    assert tail.keeps_up()
    assert tail.still_holds(mark, BEN)
    append(ADA)
    hands.move(READ_EVERY_SECONDS)
    assert tail.keeps_up()
    assert not tail.still_holds(mark, ADA)
    assert not tail.still_holds(mark, BEN)


def test_more_notices_than_are_read_at_once_make_everything_worthless(tail: Tail, hands: Hands) -> None:
    append(ADA)
    mark = mark_of(tail)
    with transaction.atomic():
        Notice.objects.bulk_create(Notice(type=NoticeType.USER_UPDATED, subject=str(uuid4())) for _ in range(BATCH))
    hands.move(READ_EVERY_SECONDS)
    assert tail.keeps_up()
    assert not tail.still_holds(mark, BEN)
    mark = tail.mark()
    append(ADA)
    hands.move(READ_EVERY_SECONDS)
    assert tail.keeps_up()
    assert tail.still_holds(mark, BEN)
    assert not tail.still_holds(mark, ADA)


def test_without_the_log_memory_is_relied_on_until_two_seconds_after_the_last_good_read(
    tail: Tail, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark_of(tail)
    working = tail._reader
    monkeypatch.setattr(tail, "_reader", Broken())
    hands.move(RELIED_ON_SECONDS)
    assert tail.keeps_up()
    hands.move(0.01)
    assert not tail.keeps_up()
    monkeypatch.setattr(tail, "_reader", working)
    assert not tail.keeps_up(), "a breaker: no read while the pause lasts"
    hands.move(PAUSE_AFTER_FAILURE_SECONDS)
    assert tail.keeps_up()


def test_an_age_counts_from_when_the_read_was_sent(tail: Tail, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that was long on its way says nothing of what was committed meanwhile."""
    mark_of(tail)
    hands.move(READ_EVERY_SECONDS)
    read = tail._reader.since

    def slow(seq: int, *, limit: int) -> list[Entry]:
        entries = read(seq, limit=limit)
        hands.move(RELIED_ON_SECONDS + 0.01)
        return entries

    monkeypatch.setattr(tail._reader, "since", slow)
    assert not tail.keeps_up()


def test_nobody_waits_for_a_read_under_way(tail: Tail, hands: Hands) -> None:
    mark_of(tail)
    hands.move(READ_EVERY_SECONDS)
    with tail._reading:
        assert tail.keeps_up()
        hands.move(RELIED_ON_SECONDS)
        assert not tail.keeps_up()


def test_beside_the_log_one_reads_at_a_time_and_only_after_a_good_read_of_the_log(tail: Tail, hands: Hands) -> None:
    used: list[object] = []

    def fail(connection: object) -> None:
        raise OperationalError

    tail.beside(used.append)
    assert not used
    mark_of(tail)
    with tail._reading:
        tail.beside(used.append)
    assert not used
    tail.beside(fail)
    assert tail._reader._connection is None, "whatever went wrong, nothing is asked over it again"
    tail.beside(used.append)
    hands.move(PAUSE_AFTER_FAILURE_SECONDS - 0.01)
    assert tail.keeps_up()
    tail.beside(used.append)
    assert not used
    hands.move(0.01)
    assert tail.keeps_up()
    tail.beside(used.append)
    assert len(used) == 1


def test_names_older_than_any_memory_are_dropped(tail: Tail, hands: Hands) -> None:
    mark_of(tail)
    append(ADA)
    hands.move(READ_EVERY_SECONDS)
    tail.keeps_up()
    assert set(tail._named) == {ADA}
    for _ in range(4):
        hands.move(MEMORY_SECONDS / 3)
        tail.keeps_up()
    assert not tail._named
    assert not tail._named_at


def test_the_process_that_changes_something_heeds_it_when_it_is_committed() -> None:
    own = process_tail
    mark = own.mark()
    with transaction.atomic():
        log.append(NoticeType.USER_SUSPENDED, ADA)
        assert own.still_holds(mark, ADA)
    assert not own.still_holds(mark, ADA)


def test_what_is_rolled_back_is_heard_by_nobody(tail: Tail, hands: Hands) -> None:
    mark, own = mark_of(tail), process_tail.mark()
    with transaction.atomic():
        log.append(NoticeType.USER_SUSPENDED, ADA)
        transaction.set_rollback(True)
    hands.move(READ_EVERY_SECONDS)
    assert tail.keeps_up()
    assert tail.still_holds(mark, ADA)
    assert process_tail.still_holds(own, ADA)


def test_a_notice_belongs_into_the_transaction_of_its_change() -> None:
    assert not connection.in_atomic_block
    with pytest.raises(transaction.TransactionManagementError):
        log.append(NoticeType.USER_UPDATED, ADA)


def test_a_fork_leaves_nothing_behind(tail: Tail) -> None:
    append(ADA)
    mark = mark_of(tail)
    tail.close()
    tail.reset()
    assert tail._position == START
    assert tail.keeps_up()
    assert tail.mark() > 0
    assert not tail.still_holds(mark - 1, ADA)


def test_names_that_are_dropped_for_everybody_refuse_until_everybody_is_named(tail: Tail, hands: Hands) -> None:
    """Between the two looks of `still_holds`, another thread may hear of something that concerns everybody."""
    mark = mark_of(tail)
    append(ADA)
    hands.move(READ_EVERY_SECONDS)
    tail.keeps_up()

    class Dropping(dict[str, int]):
        """Hears of it just before the look, and drops all names."""

        def get(self, subject: str, default: int = 0) -> int:  # type: ignore[override]
            tail.heed(NoticeType.GROUP_CHANGED, "7")
            return super().get(subject, default)

    tail._named = Dropping(tail._named)
    assert not tail.still_holds(mark, ADA)


def test_a_process_that_never_reads_does_not_grow(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.notices.tail.MAX_NAMED", 10)
    silent = Tail()
    for _ in range(25):
        silent.heed(NoticeType.USER_UPDATED, ADA)
    assert len(silent._named_at) <= 10


def test_one_hang_opens_the_readers_breaker_once(tail: Tail) -> None:
    breaker = tail._reader._breaker
    mark_of(tail)
    tail._reader.close()
    assert tail._reader._breaker is breaker
