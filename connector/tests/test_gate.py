"""Who decides: what is known here while it is fresh, the auth service else, what was last known for a while, nobody."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from authservice_connector import asking as asking_room
from authservice_connector import clock
from authservice_connector.asking import Asking, TooManyAsk
from authservice_connector.claims import VerifiedClaims
from authservice_connector.errors import (
    AccountSuspended,
    CannotTell,
    Refused,
    SessionRevoked,
    TokenExpired,
    TokenInvalid,
    WrongTokenType,
)
from authservice_connector.feed import Page
from authservice_connector.follower import Follower
from authservice_connector.gate import FRESH_SECONDS, MAX_STALENESS_SECONDS, AskingGate, LocalGate
from authservice_connector.keys import KeySet
from authservice_connector.refusals import Refusals
from authservice_connector.transport import Answer
from authservice_connector.verifying import Verifier

from tests.issuing import AUDIENCE, ISSUER, Fetch, Key, Later, jwks, notice, payload


class FollowerWithAge:
    """Read to the end when `read_at` says."""

    def __init__(self) -> None:
        self.read_at, self.woken = float("-inf"), 0

    def wake(self) -> None:
        self.woken += 1

    def age(self) -> float:
        return clock.now() - self.read_at


class Service:
    """Answers `POST /auth/verify` with what it is told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Answer | Exception = CannotTell("down")

    def post_json(self, path: str, document: Mapping[str, Any]) -> Answer:
        assert path == "/auth/verify"
        self.asked.append(document["token"])
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def yes(claims: Mapping[str, Any]) -> Answer:
    names = ("sub", "sid", "client_id", "exp", "iat")
    told = {name: claims[name] for name in names} | {"scope": "", "groups": [], "user": {"email": "a@example.com"}}
    return Answer(200, {"active": True, "token_type": "access"} | told)


class Ground:
    """A gate with a clock-driven follower and a made-up service."""

    def __init__(self, key: Key) -> None:
        self.service, self.follower, self.refusals = Service(), FollowerWithAge(), Refusals()
        verifier = Verifier(issuer=ISSUER, audience=AUDIENCE, leeway_seconds=30, keys=KeySet(Fetch(jwks(key))))
        self.asking = Asking(self.service, issuer=ISSUER)  # type: ignore[arg-type]
        self.gate = LocalGate(verifier, self.refusals, self.follower, self.asking)  # type: ignore[arg-type]
        self.payload = payload()
        self.token = key.sign(self.payload)

    def identify(self) -> VerifiedClaims:
        return self.gate.identify(self.token)

    def hear(self) -> None:
        self.follower.read_at = clock.now()

    def revoke(self) -> None:
        self.refusals.heed(notice("sessions.revoked", self.payload["sub"], session_ids=[self.payload["sid"]]))


@pytest.fixture
def ground(key: Key) -> Ground:
    return Ground(key)


def test_what_is_fresh_decides_without_a_call(ground: Ground) -> None:
    ground.hear()
    assert ground.identify().subject == ground.payload["sub"]
    ground.revoke()
    with pytest.raises(SessionRevoked):
        ground.identify()
    assert ground.service.asked == []
    assert ground.follower.woken == 2


def test_a_suspension_that_names_no_session_is_asked_about_for_it_may_be_lifted(ground: Ground) -> None:
    """Whoever was reinstated and signs in at once is here before the notice that lets them in."""
    ground.hear()
    ground.refusals.heed(notice("user.suspended", ground.payload["sub"], version=2, until=None))
    ground.service.answer = yes(ground.payload)
    assert ground.identify()
    assert ground.service.asked == [ground.token]


def test_who_is_suspended_hears_so_and_nobody_is_asked_about_a_session_that_ended(ground: Ground) -> None:
    ground.hear()
    ground.revoke()
    ground.refusals.heed(notice("user.suspended", ground.payload["sub"], version=2, until=None))
    with pytest.raises(AccountSuspended):
        ground.identify()
    assert ground.service.asked == []


def test_a_suspension_that_nobody_can_be_asked_about_holds(ground: Ground) -> None:
    ground.hear()
    ground.refusals.heed(notice("user.suspended", ground.payload["sub"], version=2, until=None))
    with pytest.raises(AccountSuspended):
        ground.identify()


def test_before_the_log_was_read_each_token_is_asked_about(ground: Ground, later: Later) -> None:
    ground.service.answer = yes(ground.payload)
    for _ in range(2):
        assert ground.identify()
        later(1.0)
    assert ground.service.asked == [ground.token] * 2


def test_before_the_log_was_read_and_with_nobody_to_ask_nobody_can_tell(ground: Ground) -> None:
    with pytest.raises(CannotTell):
        ground.identify()


def test_what_has_aged_asks_and_the_answer_counts(ground: Ground, later: Later) -> None:
    ground.hear()
    later(FRESH_SECONDS + 0.1)
    ground.service.answer = Answer(401, {"code": "account_suspended", "detail": "Suspended."})
    with pytest.raises(AccountSuspended):
        ground.identify()
    ground.service.answer = yes(ground.payload)
    assert ground.identify()


def test_what_was_last_known_serves_for_a_while_and_then_nobody_can_tell(ground: Ground, later: Later) -> None:
    ground.hear()
    later(MAX_STALENESS_SECONDS - 0.5)
    assert ground.identify()
    ground.revoke()
    with pytest.raises(SessionRevoked):
        ground.identify()
    later(1)
    with pytest.raises(CannotTell):
        ground.identify()


def test_refusals_that_are_not_all_here_do_not_decide(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    ground.hear()
    monkeypatch.setattr(Refusals, "are_complete", property(lambda self: False))
    with pytest.raises(CannotTell):
        ground.identify()
    assert ground.service.asked


def test_a_token_that_is_not_ours_is_asked_of_nobody(ground: Ground) -> None:
    with pytest.raises(TokenInvalid):
        ground.gate.identify(ground.token + "=")
    assert ground.service.asked == []


def test_a_yes_is_remembered_for_a_second_and_a_no_never(ground: Ground, later: Later) -> None:
    gate = AskingGate(ground.asking, audience="", leeway_seconds=30)
    ground.service.answer = yes(ground.payload)
    for _ in range(3):
        assert gate.identify(ground.token).subject == ground.payload["sub"]
    assert len(ground.service.asked) == 1
    later(1.0)
    ground.service.answer = Answer(401, {"code": "session_revoked"})
    for _ in range(2):
        with pytest.raises(SessionRevoked):
            gate.identify(ground.token)
    assert len(ground.service.asked) == 3


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500, {}),
        Answer(503, {"code": "temporarily_unavailable"}),
        Answer(404, {}),
        Answer(301, {}),
        Answer(401, {}),
        Answer(401, {"code": "UNAUTHORIZED", "message": "API key missing"}),
        Answer(401, {"code": ["token_invalid"]}),
        Answer(401, {"code": "not_authenticated"}),
        Answer(200, {}),
        Answer(200, {"active": True}),
        Answer(200, {"active": "true"}),
        Answer(429, {"code": "too_many_attempts"}),
        Answer(403, {"code": "permission_denied"}),
    ],
)
def test_no_other_answer_is_a_yes_or_a_no(ground: Ground, answer: Answer) -> None:
    ground.service.answer = answer
    with pytest.raises(CannotTell):
        AskingGate(ground.asking, audience="", leeway_seconds=30).identify(ground.token)


@pytest.mark.parametrize("active", [False, None, 1, "true"])
def test_whatever_else_it_says_only_active_is_a_yes(ground: Ground, active: object) -> None:
    ground.service.answer = Answer(200, {**yes(ground.payload).document, "active": active})
    with pytest.raises(CannotTell):
        AskingGate(ground.asking, audience="", leeway_seconds=30).identify(ground.token)


@pytest.mark.parametrize("seconds", [2, 0, -29])
def test_a_token_at_its_end_is_asked_about_for_clocks_may_be_apart(ground: Ground, key: Key, seconds: int) -> None:
    """What notices refuse is not kept for what lives on by a clock that lags."""
    ground.hear()
    over = payload(exp=int(time.time()) + seconds)
    ground.service.answer = yes(over)
    assert ground.gate.identify(key.sign(over))
    assert len(ground.service.asked) == 1


def test_a_token_at_its_end_that_nobody_can_be_asked_about_is_not_believed(ground: Ground, key: Key) -> None:
    ground.hear()
    with pytest.raises(CannotTell):
        ground.gate.identify(key.sign(payload(exp=int(time.time()) - 1)))


class Revoked:
    """The reviewed promise as a whole: a log, an auth service that can't be asked, and clocks."""

    def __init__(self, key: Key, *, leeway: int) -> None:
        self.notices: list[Mapping[str, Any]] = []
        self.refusals, keys = Refusals(), KeySet(Fetch(jwks(key)))
        self.follower = Follower(self, refusals=self.refusals, keys=keys)  # type: ignore[arg-type]
        self.follower.wake = lambda: None  # type: ignore[method-assign]
        verifier = Verifier(issuer=ISSUER, audience=AUDIENCE, leeway_seconds=leeway, keys=keys)
        self.gate = LocalGate(verifier, self.refusals, self.follower, Asking(Service(), issuer=ISSUER))  # type: ignore[arg-type]

    def read(self, cursor: str | None) -> Page:
        return Page(self.notices[int(cursor or 0) :], str(len(self.notices)), is_complete=True)

    def believes(self, token: str) -> bool:
        try:
            self.follower.poll()
            self.gate.identify(token)
        except (Refused, CannotTell):
            return False
        return True


@pytest.mark.parametrize(("leeway", "behind"), [(30, 0), (30, 30), (60, 30), (120, 0), (30, 90)])
def test_a_refusal_outlives_its_token_by_whatever_clock(
    key: Key, later: Later, monkeypatch: pytest.MonkeyPatch, leeway: int, behind: int
) -> None:
    began, moved = int(time.time()), [0.0]
    monkeypatch.setattr(time, "time", lambda: began + moved[0] - behind)
    ground, claims = Revoked(key, leeway=leeway), payload(iat=began, nbf=began, exp=began + 300)
    token, dates = key.sign(claims), {"occurred_at": _text(began), "expires": _text(began + 330)}
    ground.notices.append(notice("sessions.revoked", claims["sub"], session_ids=[claims["sid"]]) | dates)
    for _ in range(100):
        assert not ground.believes(token), moved
        moved[0] += 5
        later(5)


@pytest.mark.parametrize(("leeway", "behind"), [(30, 0), (60, 0), (120, 0), (30, 20), (30, 30), (60, 30), (60, 33)])
def test_what_a_window_has_left_behind_meets_no_token(
    key: Key, monkeypatch: pytest.MonkeyPatch, leeway: int, behind: int
) -> None:
    """Revoked at once, and read 331 s later by who has just begun: its notice is in no window any more. A clock may lag
    by 3 s more than the 30 s that are told.
    """
    began = int(time.time())
    monkeypatch.setattr(time, "time", lambda: began + 331 - behind)
    claims = payload(iat=began, nbf=began, exp=began + 300)
    assert not Revoked(key, leeway=leeway).believes(key.sign(claims))


def test_callers_who_wait_for_nothing_but_their_turn_do_not_get_what_was_last_known(
    ground: Ground, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The auth service is there: somebody only has to ask it."""
    monkeypatch.setattr(asking_room, "WAIT_SECONDS", 0.4)
    ground.hear()
    later(FRESH_SECONDS + 0.1)
    ground.service.answer = yes(ground.payload)
    slots = ground.asking._slots
    assert all(slots.acquire(blocking=False) for _ in range(asking_room.AT_ONCE))
    other = threading.Timer(
        0.1, ground.asking._called, [lambda: ground.service.post_json("/auth/verify", {"token": ""})]
    )
    other.start()
    with pytest.raises(TooManyAsk):
        ground.identify()
    other.join()
    slots.release()
    assert ground.identify()


def test_callers_who_wait_behind_an_auth_service_that_hangs_get_what_was_last_known(
    ground: Ground, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they are the first two, or wait for their turn."""
    monkeypatch.setattr(asking_room, "WAIT_SECONDS", 0.05)
    ground.hear()
    later(FRESH_SECONDS + 0.1)
    assert all(ground.asking._slots.acquire(blocking=False) for _ in range(asking_room.AT_ONCE))
    assert ground.identify()
    ground.revoke()
    with pytest.raises(SessionRevoked):
        ground.identify()


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (lambda key: "x" * 100_000, TokenInvalid),
        (lambda key: "a.b.c", TokenInvalid),
        (lambda key: key.sign(payload(), typ="rt+jwt"), WrongTokenType),
        (lambda key: key.sign(payload(), typ="JWT"), TokenInvalid),
        (lambda key: key.sign(payload(exp=int(time.time()) - 31)), TokenExpired),
        (lambda key: key.sign(payload(exp=None)), TokenInvalid),
        (lambda key: key.sign(payload(aud="other")), TokenInvalid),
    ],
)
def test_what_can_be_no_good_token_is_asked_of_nobody(
    ground: Ground, key: Key, make: Callable[[Key], str], refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        AskingGate(ground.asking, audience=AUDIENCE, leeway_seconds=30).identify(make(key))
    assert ground.service.asked == []


def test_an_audience_that_is_not_named_is_not_looked_at(ground: Ground, key: Key) -> None:
    sent = payload(aud="other")
    ground.service.answer = yes(sent)
    assert AskingGate(ground.asking, audience="", leeway_seconds=30).identify(key.sign(sent))


def _text(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()
