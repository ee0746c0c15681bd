"""What notices refuse, for how long, and what they do not."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from authservice_connector import refusals as room
from authservice_connector.claims import VerifiedClaims, of_payload
from authservice_connector.errors import AccountSuspended, Refused, SessionRevoked
from authservice_connector.refusals import HEEDED, LONGEST_LEEWAY_SECONDS, MARGIN_SECONDS, SWEEP_SECONDS, Refusals

from tests.issuing import Later, notice, payload


def claims(**changes: Any) -> VerifiedClaims:
    return of_payload(payload(**changes))


USER, SESSION, OTHER = (str(uuid4()) for _ in range(3))


@pytest.mark.parametrize(
    ("heard", "refusal"),
    [
        (notice("sessions.revoked", USER, session_ids=[OTHER, SESSION]), SessionRevoked),
        (notice("user.suspended", USER, version=2, until=None), AccountSuspended),
        (notice("user.deleted", USER, version=2), SessionRevoked),
        (notice("sessions.revoked", USER, session_ids=[OTHER]), None),
        (notice("user.suspended", OTHER, version=2, until=None), None),
        (notice("user.updated", USER, version=2), None),
        (notice("group.changed", "7", name="a", new_name=None), None),
        (notice("keys.changed", "kid", stage="withdrawn"), None),
        (notice("something.new", USER), None),
    ],
)
def test_a_notice_refuses_what_it_names(heard: dict[str, Any], refusal: type[Refused] | None) -> None:
    refusals = Refusals()
    refusals.heed(heard)
    found = refusals.find(claims(sub=USER, sid=SESSION))
    assert (None if found is None else type(found)) == refusal


def test_a_clients_ended_epoch_is_refused_and_its_next_one_is_not() -> None:
    refusals = Refusals()
    refusals.heed(notice("client.changed", "svc_a", sid=SESSION))
    assert refusals.find(claims(sub="svc_a", client_id="svc_a", sid=SESSION))
    assert not refusals.find(claims(sub="svc_a", client_id="svc_a", sid=OTHER))


def test_a_reinstated_persons_new_sessions_are_believed_and_the_old_ones_are_not() -> None:
    refusals = Refusals()
    refusals.heed(notice("sessions.revoked", USER, session_ids=[SESSION]))
    refusals.heed(notice("user.suspended", USER, version=2, until=None))
    refusals.heed(notice("user.reinstated", USER, version=3))
    assert isinstance(refusals.find(claims(sub=USER, sid=SESSION)), SessionRevoked)
    assert not refusals.find(claims(sub=USER, sid=OTHER))


@pytest.mark.parametrize("is_suspended_first", [True, False])
def test_who_is_suspended_hears_so_and_not_that_the_session_ended(is_suspended_first: bool) -> None:
    """As the auth service has it, in whatever order the notices came."""
    refusals = Refusals()
    heard = [
        notice("user.suspended", USER, version=2, until=None),
        notice("sessions.revoked", USER, session_ids=[SESSION]),
    ]
    for each in heard if is_suspended_first else heard[::-1]:
        refusals.heed(each)
    assert isinstance(refusals.find(claims(sub=USER, sid=SESSION)), AccountSuspended)
    assert [refusals.name_session(claims(sub=USER, sid=each)) for each in (SESSION, OTHER)] == [True, False]
    refusals.heed(notice("user.deleted", USER, version=3))
    assert isinstance(refusals.find(claims(sub=USER, sid=SESSION)), SessionRevoked)


@pytest.mark.parametrize(
    ("notice_type", "data"),
    [
        ("sessions.revoked", {"session_ids": [SESSION]}),
        ("client.changed", {"sid": SESSION}),
        ("user.suspended", {"version": 2, "until": None}),
        ("user.deleted", {"version": 2}),
        ("user.reinstated", {"version": 2}),
        ("user.updated", {"version": 2}),
        ("group.changed", {"name": "a", "new_name": None}),
        ("keys.changed", {"stage": "withdrawn"}),
    ],
)
def test_what_is_asked_of_the_log_is_what_changes_something(notice_type: str, data: dict[str, Any]) -> None:
    refusals = Refusals()
    refusals.heed(notice("user.suspended", USER, version=1, until=None))
    before = dict(refusals._by_name)
    refusals.heed(notice(notice_type, USER, **data))
    assert (refusals._by_name != before) == (notice_type in HEEDED)


def test_a_refusal_lives_as_long_as_a_token_that_it_meets(later: Later) -> None:
    refusals = Refusals()
    refusals.heed(notice("sessions.revoked", USER, session_ids=[SESSION]))
    later(330)
    refusals.drop_old()
    assert refusals.find(claims(sub=USER, sid=SESSION))
    later(MARGIN_SECONDS + 1)
    refusals.drop_old()
    assert not refusals.find(claims(sub=USER, sid=SESSION))


def test_none_is_dropped_early_for_want_of_room(later: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MAX_REFUSALS", 2)
    refusals = Refusals()
    refusals.heed(notice("sessions.revoked", USER, session_ids=["a", "b"]))
    assert refusals.are_complete
    refusals.heed(notice("sessions.revoked", USER, session_ids=["a"]))
    assert refusals.are_complete
    refusals.heed(notice("sessions.revoked", USER, session_ids=["c"]))
    assert not refusals.are_complete
    assert refusals.find(claims(sid="a"))
    later(330 + MARGIN_SECONDS + 1)
    refusals.drop_old()
    assert refusals.are_complete


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"type": "sessions.revoked", "subject": "a", "data": {}},
        {"type": "sessions.revoked", "subject": "a", "data": {"session_ids": ["a"]}},
        notice("sessions.revoked", USER, session_ids=7),
        notice("sessions.revoked", USER, session_ids=["a"]) | {"expires": "soon"},
        notice("sessions.revoked", USER, session_ids="abc"),
        notice("sessions.revoked", USER, session_ids=["a", 7]),
        notice("sessions.revoked", USER, session_ids=["a"])
        | {"occurred_at": "2026-01-01T00:00:00", "expires": "2026-01-01T00:05:30"},
        notice("client.changed", "svc_a"),
        notice("client.changed", "svc_a", sid=7),
    ],
)
def test_what_is_no_notice_is_said_to_be_none(broken: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Refusals().heed(broken)


def test_a_refusal_outlives_its_tokens_by_this_machines_calendar_too(
    later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it lags, a token expires here later than where it was made."""
    now = time.time()
    refusals = Refusals()
    dates = {"occurred_at": _text(now), "expires": _text(now + 330)}
    refusals.heed(notice("sessions.revoked", USER, session_ids=[SESSION]) | dates)
    later(10_000)
    refusals.drop_old()
    assert refusals.find(claims(sub=USER, sid=SESSION))
    monkeypatch.setattr(time, "time", lambda: now + 330 + LONGEST_LEEWAY_SECONDS + 1)
    later(10_000)
    refusals.drop_old()
    assert not refusals.find(claims(sub=USER, sid=SESSION))


def test_looking_for_what_is_old_is_not_done_each_second(later: Later) -> None:
    refusals = Refusals()
    refusals.heed(notice("sessions.revoked", USER, session_ids=[SESSION]))
    refusals.drop_old()
    refusals._by_name["old"] = replace(refusals._by_name[SESSION], until=0.0)
    later(SWEEP_SECONDS - 1)
    refusals.drop_old()
    assert "old" in refusals._by_name
    later(2)
    refusals.drop_old()
    assert "old" not in refusals._by_name


def _text(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()
