"""What `explain_token` says is what the gates do, with a reason of its own, and nothing comes of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.errors import TemporarilyUnavailable
from accounts.keys import ring as key_ring
from accounts.models import RevocationReason, Session, SigningKey, Suspension, User
from accounts.models.sessions import SessionQuerySet
from accounts.principals import Origin, System
from accounts.services.deleting import deletion
from accounts.services.explaining import evidence
from accounts.services.explaining.verdicts import Outcome, Verdict
from accounts.tests.rest import test_forged_access_tokens as access_tokens
from accounts.tests.rest import test_forged_refresh_tokens as refresh_tokens
from accounts.tests.services.explained import assert_true_to_the_gate, explained, gates_code, verdict
from accounts.tests.support import consumers, memory
from accounts.tests.support.factories import MakeUser, SignIn, Tokens
from accounts.tests.support.forging import claims_of, header_of, part, resigned, sealed
from accounts.tokens import compact, standing

Forge = Callable[[str], str]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
JUST_WITHIN, JUST_BEYOND = timedelta(seconds=28), timedelta(seconds=32)


@pytest.mark.parametrize("forge", access_tokens.FORGERIES.values(), ids=access_tokens.FORGERIES.keys())
def test_a_forged_access_token_is_refused_for_a_reason(tokens: Tokens, forge: Forge) -> None:
    assert assert_true_to_the_gate(forge(tokens.access)).verdict.code == "token_invalid"


@pytest.mark.parametrize("forge", refresh_tokens.FORGERIES.values(), ids=refresh_tokens.FORGERIES.keys())
def test_a_forged_refresh_token_is_refused_for_a_reason(tokens: Tokens, forge: Forge) -> None:
    explanation = assert_true_to_the_gate(forge(tokens.refresh))
    is_refresh = explanation.kind.startswith("refresh")
    assert explanation.verdict.code == ("invalid_refresh_token" if is_refresh else "token_invalid")


def test_a_forgery_is_a_refresh_token_wherever_its_header_says_so(tokens: Tokens) -> None:
    others = {
        name
        for name, forge in refresh_tokens.FORGERIES.items()
        if not explained(forge(tokens.refresh)).kind.startswith("refresh token")
    }
    assert others == {"with a space", "not base64url", "very long", "of type at+jwt"}


@pytest.mark.parametrize(
    "forge",
    [
        lambda token: token,
        resigned,
        lambda token: resigned(token, claims={"exp": 1}),
        lambda token: resigned(token, header={"typ": "rt+jwt"}),
        lambda token: resigned(token, claims={"iss": "x", "aud": "x", "exp": 1, "nbf": None}),
        lambda token: resigned(token, header={"typ": "x", "alg": "none", "kid": "x"}),
        lambda _: f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': '1'})}.AAAA",
        lambda token: token.replace(".", ".A", 1),
        lambda _: "",
        lambda _: "\x1b[2J\x00\ud800",
        lambda _: "A" * 2**20,
        lambda token: sealed(token, header_of(token), b'{"a":' * 900 + b"1" + b"}" * 900),
        lambda token: f"{part(b'[' * 500 + b']' * 500)}.{token.partition('.')[2]}",
    ],
)
def test_any_other_token_gets_the_gates_answer(tokens: Tokens, forge: Forge) -> None:
    for token in (tokens.access, tokens.refresh):
        assert_true_to_the_gate(forge(token))


@given(st.text() | st.lists(st.binary(max_size=30).map(part), max_size=4).map(".".join))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
def test_any_text_gets_the_gates_answer(db: None, text: str) -> None:
    assert explained(text).verdict.code == "token_invalid" == gates_code(text, explained(text))[0]


@pytest.mark.parametrize(
    ("of_user", "of_session", "sentence"),
    [
        ({"is_active": False}, {}, "its user is suspended"),
        ({"expires_at": F("date_joined")}, {}, "its user expired at 20"),
        ({"expires_at": F("date_joined")}, {"revoked_at": F("created_at")}, "its user expired at 20"),
        ({"credentials_version": 2}, {}, "credentials_version 1, and its user's is 2"),
        ({}, {"credentials_version": 0}, "credentials_version 0, and its user's is 1"),
        (
            {},
            {"revoked_at": F("created_at"), "revocation_reason": RevocationReason.LOGOUT},
            "was ended (logout) at 20",
        ),
        ({}, {"expires_at": F("created_at")}, "its session expired at 20"),
        ({"credentials_version": 2}, {"expires_at": F("created_at")}, "credentials_version 1"),
        ({"is_active": False}, {"revoked_at": F("created_at")}, "its user is suspended"),
        ({"is_active": False}, {"expires_at": F("created_at")}, "its user is suspended"),
        ({}, {"revoked_at": F("created_at"), "expires_at": F("created_at")}, "was ended (for no reason given) at 20"),
    ],
)
@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_token_that_does_not_stand_is_refused_for_what_ended_it(
    tokens: Tokens, kind: str, of_user: dict[str, Any], of_session: dict[str, Any], sentence: str
) -> None:
    User.objects.update(**(of_user or {"version": 1}))
    Session.objects.update(**(of_session or {"amr": ["pwd"]}))
    assert sentence in assert_true_to_the_gate(getattr(tokens, kind)).verdict.sentence


@pytest.mark.parametrize(
    ("head", "rotated_ago", "issued_ago", "code", "sentence"),
    [
        (0, HOUR, HOUR, "", "generation 0 is the head"),
        (1, JUST_WITHIN, HOUR, "", "generation 0, the head is 1 since 20"),
        (1, JUST_BEYOND, HOUR, "refresh_token_reused", "generation 0, the head is 1 since 20"),
        (2, timedelta(0), JUST_WITHIN, "invalid_refresh_token", "generation 0, the head is 2 since 20"),
        (2, timedelta(0), JUST_BEYOND, "refresh_token_reused", "generation 0, the head is 2 since 20"),
    ],
)
def test_a_generation_means_what_a_refresh_would_make_of_it(
    tokens: Tokens, head: int, rotated_ago: timedelta, issued_ago: timedelta, code: str, sentence: str
) -> None:
    issued_at = claims_of(tokens.refresh)["iat"] - int(issued_ago.total_seconds())
    token = resigned(tokens.refresh, claims={"iat": issued_at})
    Session.objects.update(generation=head, rotated_at=timezone.now() - rotated_ago)
    given = assert_true_to_the_gate(token).verdict
    assert given.code == code
    assert sentence in given.sentence


def test_a_generation_above_the_head_proves_lost_writes(tokens: Tokens) -> None:
    given = assert_true_to_the_gate(resigned(tokens.refresh, claims={"gen": 5})).verdict
    assert (given.code, "generation 5, the head is 0" in given.sentence) == ("session_revoked", True)
    assert Session.objects.get().revocation_reason == "state_lost"  # by the gate, asked after the explanation


def test_a_session_that_is_gone_and_one_of_somebody_else_are_told_apart(
    tokens: Tokens, make_user: MakeUser, sign_in: SignIn
) -> None:
    others = claims_of(sign_in(make_user()).access)["sid"]
    foreign = assert_true_to_the_gate(resigned(tokens.access, claims={"sid": others})).verdict
    assert (foreign.code, foreign.sentence) == ("session_revoked", "its session is another user's")
    Session.objects.all().delete()
    for token in (tokens.access, tokens.refresh):
        assert "its session is unknown here" in assert_true_to_the_gate(token).verdict.sentence


def test_an_expired_token_says_since_when(tokens: Tokens) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=630), tick=False):
        given = assert_true_to_the_gate(tokens.access).verdict
    assert given.code == "token_expired"
    assert given.sentence.startswith("expired at 20")
    assert given.sentence.endswith("Z, 5 minutes ago (leeway 30 s)")


@pytest.mark.parametrize(
    ("of_key", "sentence"),
    [
        ({"withdrawn_at": F("published_at")}, "which was withdrawn at 20"),
        ({"signing_until": timedelta(days=30)}, "which was retired at 20"),
        ({"purpose": "refresh"}, "which is for refresh tokens, not for access tokens"),
        ({"signing_from": None}, ""),
        ({"signing_until": MINUTE}, ""),
    ],
)
def test_a_key_is_told_by_its_stage(tokens: Tokens, of_key: dict[str, Any], sentence: str) -> None:
    SigningKey.objects.filter(kid=header_of(tokens.access)["kid"]).update(**_as_of_now(of_key))
    memory.forget()
    given = assert_true_to_the_gate(tokens.access).verdict
    assert (given.code, sentence in given.sentence) == ("token_invalid" if sentence else "", True)


@pytest.mark.parametrize(
    ("of_key", "words"),
    [
        ({}, "has been signing since"),
        ({"signing_from": None}, "was published at"),
        ({"signing_until": MINUTE}, "was retired at"),
        ({"withdrawn_at": F("published_at")}, "was withdrawn at"),
    ],
)
def test_every_stage_of_a_key_is_named(tokens: Tokens, of_key: dict[str, Any], words: str) -> None:
    kid = header_of(tokens.access)["kid"]
    SigningKey.objects.filter(kid=kid).update(**_as_of_now(of_key or {"algorithm": "ES256"}))
    assert f'"{kid}" (ES256, for access tokens) {words} 20' in explained(tokens.access).findings["key"]


def _as_of_now(of_key: dict[str, Any]) -> dict[str, Any]:
    """What is so long ago when the test runs: the suite may have been collected many minutes before."""
    now = timezone.now()
    return {name: now - value if isinstance(value, timedelta) else value for name, value in of_key.items()}


def test_the_findings_say_what_was_sent_and_what_is_wanted(tokens: Tokens, user: User) -> None:
    billing = resigned(tokens.access, claims={"aud": "billing"}, without=["iss"])
    findings = explained(billing).findings
    assert findings["issuer"] == 'sent missing, wanted "http://localhost:8000"'
    assert findings["audience"] == 'sent "billing", wanted one of ["fleet"]'
    assert "is open until 20" in findings["session"]
    assert findings["user"] == f'"{user.pk}" is active, with credentials_version 1'
    assert explained("nonsense").findings == {}


def test_a_suspension_is_told_with_its_end(tokens: Tokens, user: User) -> None:
    User.objects.update(is_active=False)
    Suspension.objects.create(user=user, actor="system:suspend_user", until=timezone.now() + HOUR + MINUTE)
    sentence = assert_true_to_the_gate(tokens.access).verdict.sentence
    assert sentence.startswith('its user was suspended by "system:suspend_user" at 20')
    assert sentence.endswith("in 1 hour")


def test_an_end_of_the_account_that_is_to_come_is_told(tokens: Tokens, user: User) -> None:
    end = timezone.now() + HOUR + MINUTE
    User.objects.update(expires_at=end)
    findings = assert_true_to_the_gate(tokens.access).findings
    told = f"{end:%Y-%m-%dT%H:%M:%SZ}, in 1 hour"
    assert findings["user"] == f'"{user.pk}" is active until {told}, with credentials_version 1'
    assert f"is open until {told}" in findings["session"]


def test_a_user_in_deletion_is_told(tokens: Tokens) -> None:
    User.objects.update(deletion_requested_at=timezone.now(), is_active=False)
    for token in (tokens.access, tokens.refresh):
        given = assert_true_to_the_gate(token).verdict
        assert (given.code, "its user has been in deletion since 20" in given.sentence) == ("session_revoked", True)


def test_a_user_who_was_deleted_is_told_so_with_the_moment(
    tokens: Tokens, user: User, make_user: MakeUser, sign_in: SignIn
) -> None:
    others = resigned(tokens.access, claims={"sid": claims_of(sign_in(make_user()).access)["sid"]})
    deletion.request(user.pk, actor=System("test"), origin=Origin())
    for token in (tokens.access, tokens.refresh):
        explanation = assert_true_to_the_gate(token)
        assert explanation.verdict.sentence.startswith("its user was deleted at 20")
        assert explanation.findings["user"].startswith(f'"{user.pk}" was deleted at 20')
    assert assert_true_to_the_gate(others).verdict.sentence == "its session is another user's"


def test_a_deletion_is_told_as_far_as_it_has_come(tokens: Tokens, user: User) -> None:
    consumers.make()
    requested = deletion.request(user.pk, actor=System("test"), origin=Origin())
    assert "has been in deletion since 20" in explained(tokens.access).findings["user"]
    User.objects.all().delete()  # behind the services' back
    assert "its deletion is under way since 20" in explained(tokens.access).findings["user"]
    requested.delete()
    assert explained(tokens.access).findings["user"].endswith("is unknown here")


def test_a_key_that_can_not_be_read_is_no_refusal(tokens: Tokens, settings: Settings) -> None:
    settings.SECRET_KEY = "another" * 10
    memory.forget()
    for token in (tokens.refresh, f"{tokens.refresh}=="):
        given = verdict(token)
        assert (given.outcome, given.code) == (Outcome.UNKNOWN, "keys_unreadable")
        assert gates_code(token, explained(token))[0] == "keys_unreadable"


def test_without_the_database_nothing_is_told_but_what_needs_none(
    tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_whole(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(SessionQuerySet, "find_whole", find_whole)
    for token in (tokens.access, tokens.refresh):
        explanation = explained(token)
        assert (explanation.verdict.outcome, explanation.verdict.code) == (Outcome.UNKNOWN, "temporarily_unavailable")
        assert explanation.claims == claims_of(token)
        assert explanation.findings["session"].endswith("can't be looked up now")
    typed = resigned(tokens.access, header={"typ": "JWT"})
    assert verdict(typed) == Verdict(Outcome.REFUSED, "token_invalid", 'its typ is "JWT"; an access token\'s is at+jwt')
    assert verdict(f"{tokens.access}=").code == "token_invalid"


def test_without_keys_nothing_is_told(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> None:
        raise OperationalError

    memory.forget()
    monkeypatch.setattr(key_ring, "_load", load)
    for token in (tokens.access, tokens.refresh):
        explanation = explained(token)
        assert (explanation.verdict.outcome, explanation.verdict.code) == (Outcome.UNKNOWN, "temporarily_unavailable")
        assert gates_code(token, explanation)[0] == "temporarily_unavailable"


def test_a_gate_that_can_not_tell_is_believed(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_: object) -> None:
        raise TemporarilyUnavailable(retry_after=1)

    monkeypatch.setattr(standing, "read", read)
    assert (verdict(tokens.access).outcome, verdict(tokens.access).code) == (Outcome.UNKNOWN, "temporarily_unavailable")


def test_a_database_that_answers_again_tells_no_more_than_is_known(
    tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gather(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(evidence, "gather", gather)
    assert verdict(tokens.access).outcome == Outcome.GOOD
    unknown = verdict(resigned(tokens.access, header={"kid": "x"}))
    assert (unknown.code, unknown.sentence) == ("token_invalid", 'signed by key "x", which is not taken here')
    assert verdict(tokens.refresh).outcome == Outcome.UNKNOWN
    for forged, code in ((f"{tokens.refresh}=", "invalid_refresh_token"), (tokens.access, "session_revoked")):
        Session.objects.update(revoked_at=F("created_at"))
        assert verdict(forged).code == code


def test_the_longest_token_is_taken_apart_and_a_longer_one_is_not(tokens: Tokens) -> None:
    padding = "x" * (compact.MAX_LENGTH * 3 // 4)
    assert explained(resigned(tokens.access, claims={"x": padding})).header is None
    assert explained(resigned(tokens.access, claims={"x": padding[:-900]})).verdict.outcome == Outcome.GOOD
