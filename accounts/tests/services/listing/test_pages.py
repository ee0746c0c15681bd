"""Whoever pages through people meets each of them once, in order, while rows come and go."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group

from accounts.errors import InvalidInput, NotAuthenticated
from accounts.models import User
from accounts.principals import Nobody, System
from accounts.services.listing import pages, places
from accounts.services.listing.asked import Asked, OrderName
from accounts.services.listing.pages import Page
from accounts.services.listing.places import Place

pytestmark = pytest.mark.django_db

OPERATOR: Final = System("test")
DAY: Final = timedelta(days=1)
BEGIN: Final = datetime(2030, 1, 1, tzinfo=UTC)
COUNT: Final = 23


@pytest.fixture
def people(db: None) -> list[User]:
    """Three to a day."""
    users = [
        User(
            email=f"{'abcd'[number % 4]}{number:02d}@example.com",
            date_joined=BEGIN + DAY * (number // 3),
            is_active=number % 2 == 0,
            is_staff=number % 5 == 0,
        )
        for number in range(COUNT)
    ]
    return User.objects.bulk_create(users)


def read(asked: Asked, place: Place | None = None, limit: int = 4) -> Page:
    return pages.read(asked, place=place, limit=limit, actor=OPERATOR)


def walk(asked: Asked, limit: int = 4) -> Iterator[Page]:
    page = read(asked, limit=limit)
    yield page
    while page.next is not None:
        page = read(asked, places.read(places.write(page.next)), limit)
        yield page


def met(asked: Asked, limit: int = 4) -> list[UUID]:
    return [user.pk for page in walk(asked, limit) for user in page.users]


def ordered(people: list[User], name: OrderName) -> list[UUID]:
    keys: dict[str, Callable[[User], Any]] = {
        "date_joined": lambda user: user.date_joined,
        "email": lambda user: user.email.encode(),
        "id": lambda _: "",
    }
    key = keys[name.removeprefix("-")]
    return [user.pk for user in sorted(people, key=lambda user: (key(user), user.pk), reverse=name.startswith("-"))]


@pytest.mark.parametrize("name", OrderName)
@pytest.mark.parametrize("limit", [1, 4, 200])
def test_each_is_met_once_in_each_order(people: list[User], name: OrderName, limit: int) -> None:
    assert met(Asked(order=name), limit) == ordered(people, name)


def test_the_newest_come_first_unless_told_otherwise(people: list[User]) -> None:
    assert met(Asked()) == ordered(people, OrderName.NEWEST)


@pytest.mark.parametrize("name", OrderName)
def test_one_comes_back_the_way_one_went(people: list[User], name: OrderName) -> None:
    asked = Asked(order=name)
    there = list(walk(asked))
    assert there[0].previous is None
    for before, page in pairwise(there):
        assert page.previous is not None
        back = read(asked, page.previous)
        assert back.users == before.users
        assert back.next is not None
        assert read(asked, back.next).users == page.users
    assert read(asked, there[1].previous).previous is None


def test_a_place_holds_when_its_row_is_gone_and_others_have_come(people: list[User]) -> None:
    asked = Asked(order=OrderName.EMAIL)
    first = read(asked)
    User.objects.filter(pk=first.users[-1].pk).delete()
    User.objects.create(email="a000@example.com")
    assert first.next is not None
    assert [user.pk for user in read(asked, first.next).users] == ordered(people, OrderName.EMAIL)[4:8]


def test_what_follows_the_last_page_and_precedes_the_first_is_found_when_it_comes(people: list[User]) -> None:
    asked = Asked(order=OrderName.EMAIL)
    last = list(walk(asked, 10))[-1].users[-1]
    behind = Place(OrderName.EMAIL, last.email, last.pk)
    empty = read(asked, behind)
    assert (empty.users, empty.next) == ([], None)
    assert empty.previous is not None
    assert read(asked, empty.previous).users[-1] == last
    first = read(asked).users[0]
    before = replace(Place(OrderName.EMAIL, first.email, first.pk), is_backward=True)
    empty = read(asked, before)
    assert (empty.users, empty.previous) == ([], None)
    assert empty.next is not None
    assert read(asked, empty.next).users[0] == first


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        (Asked(is_active=True), lambda user: user.is_active),
        (Asked(is_active=False), lambda user: not user.is_active),
        (Asked(is_staff=True), lambda user: user.is_staff),
        (Asked(is_staff=False), lambda user: not user.is_staff),
        (Asked(is_staff=True, is_active=False), lambda user: user.is_staff and not user.is_active),
        (Asked(is_staff=False, is_active=False), lambda user: not user.is_staff and not user.is_active),
        (Asked(created_after=BEGIN + DAY), lambda user: user.date_joined >= BEGIN + DAY),
        (Asked(created_before=BEGIN + DAY), lambda user: user.date_joined < BEGIN + DAY),
        (
            Asked(created_after=BEGIN, created_before=BEGIN + 3 * DAY, is_active=False),
            lambda user: BEGIN <= user.date_joined < BEGIN + 3 * DAY and not user.is_active,
        ),
        (Asked(search="B"), lambda user: user.email.startswith("b")),
        (Asked(search="b", is_active=True), lambda user: user.email.startswith("b") and user.is_active),
        (
            Asked(search="b", created_after=BEGIN + DAY, is_staff=False),
            lambda user: user.email.startswith("b") and user.date_joined >= BEGIN + DAY and not user.is_staff,
        ),
    ],
)
@pytest.mark.parametrize("looked_at", [3, 1000])
def test_all_that_is_asked_holds_however_few_are_looked_at_for_a_page(
    people: list[User], asked: Asked, wanted: Callable[[User], bool], looked_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOKED_AT", looked_at)
    assert met(asked, 2) == [
        pk for pk in ordered(people, asked.order_name) if pk in {user.pk for user in people if wanted(user)}
    ]


@pytest.mark.parametrize("looked_at", [3, 1000])
def test_a_group_is_listed_with_what_else_is_asked(
    people: list[User], looked_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOOKED_AT", looked_at)
    writers, others = (Group.objects.create(name=name) for name in ("writers", "others"))
    writers.user_set.set(people[::2])
    others.user_set.set(people[1:])
    assert met(Asked(group="writers"), 2) == sorted(user.pk for user in people[::2])
    staff = sorted(user.pk for user in people[::2] if user.is_staff)
    assert met(Asked(group="writers", is_staff=True), 2) == staff
    late = sorted(user.pk for user in people[::2] if user.date_joined >= BEGIN + DAY)
    assert met(Asked(group="writers", created_after=BEGIN + DAY), 2) == late
    named = [pk for pk in ordered(people, OrderName.EMAIL) if pk in {user.pk for user in people[::4]}]
    assert met(Asked(group="writers", search="a"), 2) == named


def test_whoever_is_being_deleted_is_in_no_list(people: list[User]) -> None:
    group = Group.objects.create(name="writers")
    group.user_set.set(people)
    gone = people[5]
    User.objects.filter(pk=gone.pk).update(deletion_requested_at=BEGIN)
    asks = [*(Asked(order=name) for name in OrderName), Asked(group="writers"), Asked(search=gone.email)]
    asks += [Asked(search=str(gone.pk)), Asked(is_staff=True), Asked(is_active=False)]
    assert [asked for asked in asks if gone.pk in met(asked)] == []


def test_a_search_finds_the_beginning_of_an_address_in_whatever_form(people: list[User]) -> None:
    ada = User.objects.create(email="Ada.Lovelace@Exämple.com")
    for search in ("ada", " ADA.L", "ａｄａ", "ada.lovelace@EXÄMPLE.com", "ada.lovelace@xn--ex"):
        assert met(Asked(search=search)) == [ada.pk]
    for search in ("lovelace", "ada%", "ad_.", "ada.lovelace@example"):
        assert met(Asked(search=search)) == []


def test_a_search_finds_the_beginning_of_an_id_beside_addresses_that_begin_so() -> None:
    alike = [UUID(f"deadbeef-0000-4000-8000-00000000000{digit}") for digit in range(5)]
    people = [User(pk=pk, email=f"{letter}@example.com") for pk, letter in zip(alike, "zyxab", strict=True)]
    people.append(User(email="deadbeef@example.com"))
    people.append(User(pk=UUID("deadbeef-1000-4000-8000-000000000000"), email="deadbeefs@example.com"))
    User.objects.bulk_create([*people, User(email="somebody@example.com")])
    for limit in (1, 2, 50):
        assert met(Asked(search="DEADBEEF"), limit) == ordered(people, OrderName.EMAIL)
        backward = Asked(search="deadbeef", order=OrderName.EMAIL_BACKWARD)
        assert met(backward, limit) == ordered(people, OrderName.EMAIL_BACKWARD)
    assert met(Asked(search="deadbeef-0")) == ordered(people[:5], OrderName.EMAIL)
    assert met(Asked(search=str(alike[3]))) == [alike[3]]
    assert met(Asked(search="deadbee")) == ordered(people[5:], OrderName.EMAIL)
    assert met(Asked(search="deadbeef0")) == []


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        (Asked(search="a", group="writers", is_staff=True), {OrderName.EMAIL, OrderName.EMAIL_BACKWARD}),
        (Asked(group="writers", is_active=False), {OrderName.ID}),
        (Asked(is_staff=True), {OrderName.NEWEST, OrderName.OLDEST}),
        (Asked(is_active=False), {OrderName.NEWEST, OrderName.OLDEST}),
        (Asked(created_after=BEGIN), {OrderName.NEWEST, OrderName.OLDEST}),
        (Asked(created_before=BEGIN), {OrderName.NEWEST, OrderName.OLDEST}),
        (Asked(is_active=True, is_staff=False), set(OrderName)),
    ],
)
def test_an_order_without_an_index_is_refused_and_the_others_named(asked: Asked, allowed: set[OrderName]) -> None:
    Group.objects.create(name="writers")
    for name in OrderName:
        if name in allowed:
            read(replace(asked, order=name))
            continue
        with pytest.raises(InvalidInput) as refused:
            read(replace(asked, order=name))
        (error,) = refused.value.errors
        assert (error.field, error.code) == ("order", "does_not_go_together")
        assert all(f"`{each}`" in error.detail for each in allowed)


@pytest.mark.parametrize("name", ["nobody", "", "\x00", "x" * 151])
def test_a_group_that_there_is_not_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(Asked(group=name))
    assert [(error.field, error.code) for error in refused.value.errors] == [("group", "does_not_exist")]


def test_a_place_of_another_order_is_refused(people: list[User]) -> None:
    place = read(Asked()).next
    with pytest.raises(InvalidInput):
        read(Asked(order=OrderName.OLDEST), place)


def test_nobody_lists_people() -> None:
    with pytest.raises(NotAuthenticated):
        pages.read(Asked(), limit=1, actor=Nobody())


@pytest.mark.parametrize(
    "place",
    [
        Place(OrderName.EMAIL, "ö@example.com", uuid4()),
        Place(OrderName.NEWEST, BEGIN, uuid4(), is_backward=True),
        Place(OrderName.ID, "", uuid4(), is_inclusive=True),
    ],
)
def test_a_cursor_is_read_as_it_was_written(place: Place) -> None:
    assert places.read(places.write(place)) == place


@pytest.mark.parametrize(
    "forged",
    [
        "", "x", "ö", "W10", "bnVsbA", "WyJlbWFpbCJd", "A" * 10_000,
        *(
            places.write(Place(name, value, UUID(int=1)))
            for name, value in (
                (OrderName.EMAIL, "a\x00"), (OrderName.EMAIL, "\ud800"), (OrderName.ID, "x"), (OrderName.NEWEST, "x"),
                (OrderName.NEWEST, "2030-01-01 00:00:00"), (OrderName.NEWEST, "0001-01-01 00:00:00+14:00"),
                (OrderName.NEWEST, "20300101T000000Z"),
            )
        ),
        places.write(Place(OrderName.ID, "", "{00000000-0000-0000-0000-000000000001}")),  # type: ignore[arg-type]
        places.write(Place("name", "x", UUID(int=1))),  # type: ignore[arg-type]
        places.write(Place(OrderName.ID, "", UUID(int=1), 1)),  # type: ignore[arg-type]
        places.write(Place(OrderName.ID, "", UUID(int=1))) + "=",
    ],
)  # fmt: skip
def test_what_is_no_cursor_of_ours_is_refused(forged: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        places.read(forged, field="after")
    assert [(error.field, error.code) for error in refused.value.errors] == [("after", "invalid")]
