"""What the auth service says of people: of those who were asked about, by as many at once as it can answer for."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import pytest
from authservice_connector.errors import CannotTell
from authservice_connector.lookup import Found, Lookup
from authservice_connector.transport import Answer, TooLarge

PEOPLE = [str(uuid4()) for _ in range(5)]
STRANGER = str(uuid4())


class Service:
    """Answers about all, and about some whom nobody asked about; about more than `room` it is too large."""

    def __init__(self, *, room: int = 200, **more: Any) -> None:
        self.room, self.more = room, more
        self.asked: list[Sequence[str]] = []

    def post_json(self, path: str, document: Mapping[str, Any], *, bearer: str) -> Answer:
        assert (path, bearer) == ("/users/lookup", "t")
        self.asked.append(document["ids"])
        if len(document["ids"]) > self.room:
            raise TooLarge("too large")
        told: dict[str, Any] = {"users": [{"id": each} for each in document["ids"]], "deleted": [], "unknown": []}
        return Answer(200, {name: value + self.more.get(name, []) for name, value in told.items()})


class Token:
    def get(self) -> str:
        return "t"


def ask(service: Service, subjects: list[str]) -> list[Found]:
    return list(Lookup(service, Token()).ask(subjects))  # type: ignore[arg-type]


def test_answers_about_strangers_do_not_count() -> None:
    """Whom nobody asked about is not to be changed, and above all not deleted."""
    service = Service(users=[{"id": STRANGER}], deleted=[STRANGER], unknown=[STRANGER])
    (found,) = ask(service, PEOPLE)
    assert set(found.users) == set(PEOPLE)
    assert (found.deleted, found.unknown, found.left_out) == (frozenset(), frozenset(), frozenset())


def test_an_answer_that_is_too_large_is_had_by_halves() -> None:
    service = Service(room=2)
    found = ask(service, PEOPLE)
    assert [subject for each in found for subject in each.users] == PEOPLE
    assert [len(each) for each in service.asked] == [5, 2, 3, 1, 2]


def test_a_person_of_whom_too_much_is_told_is_left_out_and_holds_up_nobody() -> None:
    assert ask(Service(room=0), PEOPLE[:1]) == [Found(left_out=frozenset(PEOPLE[:1]))]
    assert len(ask(Service(room=0), PEOPLE)) == 5


def test_other_trouble_is_none_of_size() -> None:
    class Down(Service):
        def post_json(self, path: str, document: Mapping[str, Any], *, bearer: str) -> Answer:
            raise CannotTell("down")

    with pytest.raises(CannotTell):
        ask(Down(), PEOPLE)
