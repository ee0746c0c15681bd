"""A connection names itself first, and lasts as long as its token is good."""

import asyncio
from collections.abc import Iterator
from typing import Any, Final

import pytest
from asgiref.sync import async_to_sync
from authservice_connector import current
from pytest_django import Settings

from tests.issuing import Later, notice
from tests.pages import RECIPES, run, sections
from tests.service import Service

pytestmark = pytest.mark.django_db

CHECK_SECONDS: Final = 0.05


class Page:
    """Plays its part, a step a time: a text is sent, a function is called, a number is waited for in seconds."""

    def __init__(self, *steps: Any) -> None:
        self._steps: Iterator[Any] = iter([{"type": "websocket.connect"}, *steps])
        self.heard: list[Any] = []

    async def receive(self) -> Any:
        for step in self._steps:
            if isinstance(step, str | dict):
                return {"type": "websocket.receive", "text": step} if isinstance(step, str) else step
            if isinstance(step, float):
                await asyncio.sleep(step)
            else:
                step()
        return await asyncio.Event().wait()  # it says no more, and does not leave

    async def send(self, message: Any) -> None:
        self.heard.append(message.get("text") or message.get("code") or message["type"])


def converse(*steps: Any) -> list[Any]:
    """What the page hears once it is accepted."""
    page = Page(*steps)
    consumer = run(sections(RECIPES)["WebSockets"])
    consumer["CHECK_SECONDS"] = CHECK_SECONDS

    async def bounded() -> None:
        await asyncio.wait_for(consumer["consumer"]({"type": "websocket"}, page.receive, page.send), 10)

    async_to_sync(bounded)()
    assert page.heard.pop(0) == "websocket.accept"
    return page.heard


LEAVE: Final = {"type": "websocket.disconnect", "code": 1000}
LONGER_THAN_A_CHECK: Final = CHECK_SECONDS * 4


def test_a_page_is_answered_once_it_has_named_itself(authorization: str, ada: Any) -> None:
    assert converse(authorization, "hello", LONGER_THAN_A_CHECK, "again", LEAVE) == [
        f"{ada.get_username()}: hello",
        f"{ada.get_username()}: again",
    ]


@pytest.mark.parametrize(
    "first", ["hello", "Bearer a.b.c", "Bearer ", "", {"type": "websocket.receive", "bytes": b"x"}]
)
def test_a_page_that_does_not_is_not_answered(service: Service, first: Any) -> None:
    assert converse(first, "hello") == [4401]


def test_a_page_that_says_nothing_is_not_waited_for(service: Service) -> None:
    assert converse() == [4401]


def test_who_is_signed_out_is_cut_off_though_the_page_is_silent(service: Service, authorization: str) -> None:
    follower = current.connection().follower
    assert follower is not None
    claims = current.connection().gate.identify(authorization.removeprefix("Bearer "))

    def sign_out() -> None:
        service.notices.append(notice("sessions.revoked", claims.subject, session_ids=[claims.session_id]))
        follower.poll()

    assert converse(authorization, "hello", LONGER_THAN_A_CHECK, sign_out)[1:] == [4401]


def test_who_is_disabled_here_is_cut_off(settings: Settings, service: Service, ada: Any, authorization: str) -> None:
    settings.AUTHSERVICE = settings.AUTHSERVICE | {"MAX_USER_AGE": 0}
    ada.is_active = False
    ada.save()
    assert converse(authorization, "hello") == [4401]


def test_the_next_token_of_the_same_person_goes_on(service: Service, ada: Any, authorization: str) -> None:
    following = f"Bearer {service.token(ada.remote.subject)}"
    assert converse(authorization, "hello", following, "again", LEAVE)[1:] == [f"{ada.get_username()}: again"]


def test_a_connection_does_not_change_hands(service: Service, authorization: str) -> None:
    other = f"Bearer {service.token(service.register()['id'])}"
    assert converse(authorization, "hello", other, "again")[1:] == [4401]


def test_what_cannot_be_told_takes_no_token_away(service: Service, authorization: str, later: Later) -> None:
    def go_down() -> None:
        service.is_down = True
        later(60)

    assert converse(authorization, "hello", LONGER_THAN_A_CHECK, go_down)[1:] == [1013]
