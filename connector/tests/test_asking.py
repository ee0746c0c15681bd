"""One question at a time about a token, and none for a moment after one that went unanswered."""

import threading
from collections.abc import Mapping
from typing import Any

import pytest
from authservice_connector.asking import AT_ONCE, QUIET_SECONDS, Asking
from authservice_connector.errors import CannotTell, Refused, SessionRevoked
from authservice_connector.transport import Answer

from tests.issuing import ISSUER, Later, payload

CLAIMS = payload()
YES = Answer(200, {name: CLAIMS[name] for name in ("sub", "sid", "client_id", "exp", "iat")} | {"active": True})
NO = Answer(401, {"code": "session_revoked"})


class Service:
    """Answers when it is let."""

    def __init__(self, answer: Answer | Exception) -> None:
        self.answer, self.asked = answer, 0
        self.is_asked, self.may_answer = threading.Event(), threading.Event()
        self.may_answer.set()

    def post_json(self, path: str, document: Mapping[str, Any]) -> Answer:
        self.asked += 1
        self.is_asked.set()
        assert self.may_answer.wait(10)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def asking_of(service: Service) -> Asking:
    return Asking(service, issuer=ISSUER)  # type: ignore[arg-type]


def ask_in_threads(asking: Asking, tokens: list[str]) -> tuple[list[threading.Thread], list[object]]:
    outcomes: list[object] = []

    def ask(token: str) -> None:
        try:
            outcomes.append(asking.ask(token).subject)
        except (Refused, CannotTell) as exc:
            outcomes.append(type(exc))

    threads = [threading.Thread(target=ask, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    return threads, outcomes


@pytest.mark.parametrize(
    ("answer", "outcome"), [(YES, CLAIMS["sub"]), (NO, SessionRevoked), (CannotTell("down"), CannotTell)]
)
def test_callers_with_one_token_share_one_question(answer: Answer | Exception, outcome: object) -> None:
    service = Service(answer)
    service.may_answer.clear()
    asking = asking_of(service)
    first, outcomes = ask_in_threads(asking, ["t"])
    assert service.is_asked.wait(5)
    others, more = ask_in_threads(asking, ["t"] * 5)
    threading.Event().wait(0.1)
    service.may_answer.set()
    for thread in first + others:
        thread.join(5)
    assert outcomes + more == [outcome] * 6
    assert service.asked == 1
    assert not asking._under_way


def test_after_an_unanswered_question_there_is_silence_for_a_moment(later: Later) -> None:
    service = Service(CannotTell("down"))
    asking = asking_of(service)
    for number in range(5):
        with pytest.raises(CannotTell):
            asking.ask(f"token {number}")
    assert service.asked == 1
    later(QUIET_SECONDS)
    service.answer = YES
    assert asking.ask("t")
    assert asking.ask("another")
    assert service.asked == 3


def test_in_trouble_one_asks_and_the_others_do_not_wait_for_it(later: Later) -> None:
    service = Service(CannotTell("down"))
    asking = asking_of(service)
    with pytest.raises(CannotTell):
        asking.ask("t")
    later(QUIET_SECONDS)
    service.is_asked.clear()
    service.may_answer.clear()
    threads, _ = ask_in_threads(asking, ["t"])
    assert service.is_asked.wait(5)
    with pytest.raises(CannotTell):
        asking.ask("another")
    service.may_answer.set()
    threads[0].join(5)
    assert service.asked == 2


@pytest.mark.parametrize("answer", [Answer(500, {}), Answer(503, {}), Answer(429, {})])
def test_an_answer_of_trouble_is_one_too(answer: Answer) -> None:
    service = Service(answer)
    asking = asking_of(service)
    for _ in range(2):
        with pytest.raises(CannotTell):
            asking.ask("t")
    assert service.asked == 1


@pytest.mark.parametrize("answer", [NO, Answer(400, {}), Answer(200, {"active": True})])
def test_what_is_about_one_token_silences_nothing_about_others(answer: Answer) -> None:
    service = Service(answer)
    asking = asking_of(service)
    for number in range(3):
        with pytest.raises((Refused, CannotTell)):
            asking.ask(f"token {number}")
    assert service.asked == 3


def test_who_waited_for_a_turn_while_the_trouble_began_does_not_try_too() -> None:
    service = Service(CannotTell("down"))
    service.may_answer.clear()
    threads, outcomes = ask_in_threads(asking_of(service), [f"token {number}" for number in range(AT_ONCE + 3)])
    threading.Event().wait(0.3)
    service.may_answer.set()
    for thread in threads:
        thread.join(5)
    assert outcomes == [CannotTell] * (AT_ONCE + 3)
    assert service.asked == AT_ONCE
