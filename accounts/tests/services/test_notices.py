"""Whoever follows the log meets every notice once, in order, or is told that something may have been missed."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import clock
from accounts.errors import CursorExpired, InvalidInput, PermissionDenied
from accounts.models import KeyPurpose, Notice, NoticeType, SigningKey, User
from accounts.notices import cursor
from accounts.notices.reader import START, Position
from accounts.principals import System, UserPrincipal
from accounts.services.following import notices
from accounts.services.following.notices import Page
from accounts.services.signing_keys import keys
from accounts.tests.support import memory, notice_log

pytestmark = pytest.mark.django_db

FOLLOWER = System("test")
BEYOND_THE_WINDOW = timedelta(seconds=331)


def read(after: str | None = None, *, limit: int = 50, types: tuple[NoticeType, ...] = ()) -> Page:
    return notices.read(actor=FOLLOWER, after=after, limit=limit, types=types)


def behind(notice: Notice) -> str:
    return cursor.write(cursor.at(notice))


def walk(after: str | None, *, limit: int, types: tuple[NoticeType, ...] = ()) -> tuple[list[Notice], int]:
    """All that is met until `complete`, and in how many answers."""
    met: list[Notice] = []
    for answers in range(1, 1000):
        page = read(after, limit=limit, types=types)
        assert len(page.notices) <= limit
        met += page.notices
        after = page.cursor
        if page.complete:
            return met, answers
    raise AssertionError("no end")


@pytest.mark.parametrize("number", [0, 1, 2, 5, 6])
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6, 7, 200])
def test_a_walk_meets_every_notice_once_and_in_order(limit: int, number: int) -> None:
    appended = notice_log.append(number)
    for after in (None, cursor.write(START)):
        met, answers = walk(after, limit=limit)
        assert met == appended
        assert answers == max(1, -(-number // limit))


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_a_walk_may_begin_behind_any_notice(limit: int) -> None:
    appended = notice_log.append(5)
    for index, notice in enumerate(appended):
        assert walk(behind(notice), limit=limit)[0] == appended[index + 1 :]


def test_what_is_appended_between_two_answers_comes_next() -> None:
    before = notice_log.append(2)
    first = read()
    after = notice_log.append(2)
    second = read(first.cursor)
    assert (first.notices, second.notices) == (before, after)
    assert second.cursor == read(second.cursor).cursor == behind(after[-1])


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_types_that_were_not_asked_for_are_passed_over_and_cost_no_position(limit: int) -> None:
    kinds = [NoticeType.USER_UPDATED, NoticeType.USER_DELETED, NoticeType.KEYS_CHANGED, NoticeType.USER_UPDATED]
    appended = [notice_log.append(1, kind)[0] for kind in kinds]
    for after in (None, cursor.write(START)):
        met, _ = walk(after, limit=limit, types=(NoticeType.USER_DELETED, NoticeType.KEYS_CHANGED))
        assert met == appended[1:3]
    assert read(types=(NoticeType.CLIENT_CHANGED,)) == Page([], behind(appended[-1]), complete=True)


def test_without_a_cursor_the_log_begins_where_unexpired_tokens_could_meet_it() -> None:
    old, recent = notice_log.append(2)
    notice_log.age(BEYOND_THE_WINDOW, up_to=old)
    assert read().notices == [recent]


def test_a_notice_is_met_to_the_end_of_the_window() -> None:
    appended = notice_log.append(1)
    notice_log.age(timedelta(seconds=328))
    assert read().notices == appended


def test_the_window_is_the_life_of_a_token_and_the_leeway(settings: Settings) -> None:
    settings.AUTH_ACCESS_LIFETIME, settings.AUTH_CLOCK_LEEWAY = 3600, 300
    appended = notice_log.append(1)
    notice_log.age(timedelta(seconds=3890))
    assert read().notices == appended
    settings.AUTH_CLOCK_LEEWAY = 200
    assert read().notices == []


@pytest.mark.parametrize("leeway", [0, 29, 30])
def test_the_window_has_room_for_a_followers_clock_whatever_our_leeway_is(settings: Settings, leeway: int) -> None:
    settings.AUTH_CLOCK_LEEWAY = leeway
    appended = notice_log.append(1)
    notice_log.age(timedelta(seconds=328))
    page = read()
    assert page.notices == appended
    assert [notice.expires - notice.occurred_at for notice in page.notices] == [timedelta(seconds=330)]


def test_the_window_is_the_life_of_tokens_that_were_signed_before_it_was_shortened(settings: Settings) -> None:
    """Whoever joins now has to hear of a suspension that such a token would meet, and keep it for as long."""
    settings.AUTH_ACCESS_LIFETIME = 3600
    keys.ensure_first_keys()
    appended = notice_log.append(1)
    settings.AUTH_ACCESS_LIFETIME = 300
    memory.forget()
    notice_log.age(timedelta(seconds=3620))
    page = read()
    assert page.notices == appended
    assert [notice.expires - notice.occurred_at for notice in page.notices] == [timedelta(seconds=3630)]
    notice_log.age(timedelta(seconds=11))
    assert read().notices == []


def test_the_window_closes_when_the_keys_of_that_time_are_gone(settings: Settings) -> None:
    settings.AUTH_ACCESS_LIFETIME = 3600
    keys.ensure_first_keys()
    settings.AUTH_ACCESS_LIFETIME = 300
    retired = SigningKey.objects.filter(purpose=KeyPurpose.ACCESS)
    for seconds, window in ((3620, 3630), (3631, 330)):
        retired.update(signing_until=timezone.now() - timedelta(seconds=seconds))
        memory.forget()
        assert notices.refusal_window() == timedelta(seconds=window)


def test_what_refresh_tokens_live_is_no_part_of_the_window() -> None:
    keys.ensure_first_keys()
    assert notices.refusal_window() == timedelta(seconds=330)


def test_a_clock_that_was_set_back_hides_nothing() -> None:
    """The first number within the window counts, not the first moment."""
    early, late = notice_log.append(2)
    Notice.objects.filter(pk=late.pk).update(occurred_at=timezone.now() - timedelta(seconds=300))
    assert [notice.pk for notice in read().notices] == [early.pk, late.pk]


def test_a_log_without_recent_notices_is_followed_from_its_end() -> None:
    appended = notice_log.append(3)
    notice_log.age(BEYOND_THE_WINDOW)
    first = read()
    assert first == Page([], behind(appended[-1]), complete=True)
    assert read(first.cursor).notices == []
    new = notice_log.append(1)
    assert read(first.cursor).notices == new


def test_an_empty_log_is_followed_from_its_beginning() -> None:
    first = read()
    assert first == Page([], cursor.write(START), complete=True)
    assert read(first.cursor) == first
    new = notice_log.append(2)
    assert read(first.cursor).notices == new


def test_the_beginning_is_no_position_once_something_was_removed_there() -> None:
    first, _ = notice_log.append(2)
    start = cursor.write(START)
    assert read(start).complete
    first.delete()
    with pytest.raises(CursorExpired):
        read(start)


def test_a_cursor_whose_notice_was_removed_has_expired() -> None:
    first, second, third = notice_log.append(3)
    Notice.objects.filter(pk__in=[first.pk, second.pk]).delete()
    for removed in (first, second):
        with pytest.raises(CursorExpired):
            read(cursor.write(Position(removed.seq or 0, removed.pk)))
    assert read(behind(third)).complete


def test_a_cursor_beyond_the_end_has_expired() -> None:
    """As after a failover to a database that lagged."""
    lost = notice_log.append(2)[-1]
    position = behind(lost)
    lost.delete()
    with pytest.raises(CursorExpired):
        read(position)
    Notice.objects.all().delete()
    with pytest.raises(CursorExpired):
        read(position)


def test_a_cursor_of_another_log_has_expired_though_the_number_is_the_same() -> None:
    """As after a restore: the lost number is given anew."""
    (notice,) = notice_log.append(1)
    with pytest.raises(CursorExpired):
        read(cursor.write(Position(notice.seq or 0, uuid4())))


@pytest.mark.parametrize("text", ["", "nonsense", "é" * 32, "_" * 32, "A" * 33])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read(text)
    assert [(error.field, error.code) for error in refusal.value.errors] == [("after", "invalid")]


def test_going_on_from_a_cursor_is_one_query(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1000.0)  # the ring does not age, however slow the machine
    first, *_ = notice_log.append(3)
    read()
    with django_assert_num_queries(1):
        assert len(read(behind(first)).notices) == 2


def test_whoever_may_not_read_the_log_learns_nothing_of_it(user: User) -> None:
    stranger = UserPrincipal(user_id=user.pk, session_id=uuid4())
    for after in (None, "nonsense"):
        with pytest.raises(PermissionDenied):
            notices.read(actor=stranger, after=after, limit=1)
