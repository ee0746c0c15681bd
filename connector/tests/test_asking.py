"""One question at a time about a token, and none for a moment after one that went unanswered."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from authservice_connector import asking as room
from authservice_connector.asking import AT_ONCE, QUIET_SECONDS, TOLD_EVERY_SECONDS, Asking, TooManyAsk
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

    def get(self, path: str, *, bearer: str) -> Answer:
        assert path == "/auth/user"
        return self.post_json(path, {"token": bearer})

    def post_json(self, path: str, document: Mapping[str, Any]) -> Answer:
        self.asked += 1
        self.is_asked.set()
        assert self.may_answer.wait(10)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def asking_of(service: Service) -> Asking:
    return Asking(service, issuer=ISSUER)  # type: ignore[arg-type]


def in_threads(calls: list[Callable[[], object]]) -> tuple[list[threading.Thread], list[object]]:
    outcomes: list[object] = []

    def run(call: Callable[[], object]) -> None:
        try:
            outcomes.append(call())
        except CannotTell as exc:
            outcomes.append(TooManyAsk if isinstance(exc, TooManyAsk) else CannotTell)
        except Refused as exc:
            outcomes.append(type(exc))

    threads = [threading.Thread(target=run, args=(call,), daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    return threads, outcomes


def ask_in_threads(asking: Asking, tokens: list[str]) -> tuple[list[threading.Thread], list[object]]:
    return in_threads([lambda token=token: asking.ask(token).subject for token in tokens])  # type: ignore[misc]


def wait(seconds: float) -> None:
    threading.Event().wait(seconds)


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
    wait(0.1)
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


def test_no_more_than_two_ask_at_once_about_tokens_and_people() -> None:
    service = Service(YES)
    service.may_answer.clear()
    asking = asking_of(service)
    tokens, _ = ask_in_threads(asking, [f"token {number}" for number in range(4)])
    people, _ = in_threads([lambda: asking.own_user("t")] * 4)
    wait(0.3)
    assert service.asked == 2
    service.may_answer.set()
    for thread in tokens + people:
        thread.join(5)
    assert service.asked == 8


def test_a_yes_is_as_old_as_its_question(later: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what was so when the auth service looked, and is believed for a second from then on."""
    service = Service(YES)
    post = service.post_json

    def slow(path: str, document: Mapping[str, Any]) -> Answer:
        answer = post(path, document)
        later(0.9)
        return answer

    monkeypatch.setattr(service, "post_json", slow)
    asking = asking_of(service)
    asking.ask("t")
    asking.ask("t")
    assert service.asked == 1
    later(0.1)
    asking.ask("t")
    assert service.asked == 2


def held(asking: Asking) -> None:
    """Every turn is somebody's, for ever."""
    assert all(asking._slots.acquire(blocking=False) for _ in range(AT_ONCE))


@pytest.mark.parametrize("is_answered", [False, True])
def test_who_waits_in_vain_knows_whether_anybody_was_answered(
    monkeypatch: pytest.MonkeyPatch, is_answered: bool
) -> None:
    """Behind an auth service that hangs it is not too many who ask."""
    monkeypatch.setattr(room, "WAIT_SECONDS", 0.4)
    asking = asking_of(Service(YES))
    asking.ask("before")
    held(asking)
    threads, outcomes = ask_in_threads(asking, ["t"])
    wait(0.1)
    if is_answered:
        asking._called(lambda: NO)
    threads[0].join(5)
    assert outcomes == [TooManyAsk if is_answered else CannotTell]


@pytest.mark.parametrize("answer", [Answer(500, {}), CannotTell("down")])
def test_trouble_is_no_answer_to_those_who_wait(monkeypatch: pytest.MonkeyPatch, answer: Answer | Exception) -> None:
    monkeypatch.setattr(room, "WAIT_SECONDS", 0.4)
    service = Service(answer)
    asking = asking_of(service)
    held(asking)
    threads, outcomes = ask_in_threads(asking, ["t"])
    wait(0.1)
    in_threads([lambda: asking._called(lambda: service.post_json("", {}))])[0][0].join(5)
    threads[0].join(5)
    assert outcomes == [CannotTell]


def test_who_is_behind_a_token_is_asked_for_in_turn_and_not_in_trouble(later: Later) -> None:
    service = Service(CannotTell("down"))
    asking = asking_of(service)
    for call in (asking.own_user, asking.ask, asking.own_user):
        with pytest.raises(CannotTell):
            call("t")
    assert service.asked == 1
    later(QUIET_SECONDS)
    service.answer = Answer(200, {"id": "a"})
    assert asking.own_user("t") == service.answer
    service.answer = NO
    assert asking.own_user("t") == NO
    service.answer = Answer(404, {})
    with pytest.raises(CannotTell, match="404"):
        asking.own_user("t")


def test_the_log_says_why_now_and_then(later: Later, caplog: pytest.LogCaptureFixture) -> None:
    asking = asking_of(Service(CannotTell("nobody listens")))
    for _ in range(3):
        for call in (asking.ask, asking.own_user):
            with pytest.raises(CannotTell):
                call("a token")
        later(TOLD_EVERY_SECONDS / 2)
    assert [record.message for record in caplog.records] == ["The auth service can't be asked: nobody listens"] * 2
    assert "a token" not in caplog.text


def test_who_waited_for_a_turn_while_the_trouble_began_does_not_try_too() -> None:
    service = Service(CannotTell("down"))
    service.may_answer.clear()
    threads, outcomes = ask_in_threads(asking_of(service), [f"token {number}" for number in range(AT_ONCE + 3)])
    wait(0.3)
    service.may_answer.set()
    for thread in threads:
        thread.join(5)
    assert outcomes == [CannotTell] * (AT_ONCE + 3)
    assert service.asked == AT_ONCE
