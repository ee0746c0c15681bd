"""A yes of the lane's holds no longer than one of Django's: what ends a token, or changes its holder, is felt here."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from accounts import clock
from accounts.models import Notice, NoticeType, SigningKey, User
from accounts.notices.tail import MEMORY_SECONDS, READ_EVERY_SECONDS, RELIED_ON_SECONDS
from accounts.principals import Origin, System, UserPrincipal
from accounts.services import profile, sign_out, suspension
from accounts.services.signing_keys import key_rotation
from accounts.tests.fastlane.ways import Ways, differences, hits, request, show, verify
from accounts.tests.support import service_clients
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of, header_of, resigned
from accounts.tokens import standing

SYSTEM: Final = System("test")
EVERYWHERE: Final = {"verify", "user", "forward"}
JWKS: Final = request("GET", "/.well-known/jwks.json")


def asked(token: str) -> dict[str, dict[str, Any]]:
    return {"verify": verify(token), "user": show("/auth/user", token), "forward": show("/auth/forward", token)}


@pytest.fixture
def warm(ways: Ways, tokens: Tokens) -> Ways:
    for environ in asked(tokens.access).values():
        ways.by_lane(environ)
    assert hits(ways, asked(tokens.access)) == EVERYWHERE
    return ways


@pytest.fixture
def caller(tokens: Tokens) -> UserPrincipal:
    claims = claims_of(tokens.access)
    return UserPrincipal(user_id=UUID(claims["sub"]), session_id=UUID(claims["sid"]))


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock that says how long something has lasted."""
    moved = [0.0]
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + moved[0])

    def move(seconds: float) -> None:
        moved[0] += seconds

    return move


def codes(ways: Ways, token: str) -> dict[str, str]:
    """What the lane's answers say, by name: a problem's code, or the status."""
    answers = {name: ways.by_lane(environ) for name, environ in asked(token).items()}
    return {
        name: said.status if said.status == "200 OK" else said.body.partition(b'"code":')[2].split(b'"')[1].decode()
        for name, said in answers.items()
    }


def elsewhere(notice_type: NoticeType, subject: object) -> None:
    """The notice of a change that another process commits."""
    with transaction.atomic():
        Notice.objects.create(type=notice_type, subject=str(subject))


def test_who_is_suspended_here_is_refused_at_once(warm: Ways, tokens: Tokens, user: User) -> None:
    suspension.suspend(user.pk, reason="test", actor=SYSTEM, origin=Origin())
    assert codes(warm, tokens.access) == dict.fromkeys(EVERYWHERE, "account_suspended")


def test_who_is_suspended_elsewhere_is_refused_when_the_log_is_read(
    warm: Ways, tokens: Tokens, user: User, later: Callable[[float], None]
) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    elsewhere(NoticeType.USER_SUSPENDED, user.pk)
    later(READ_EVERY_SECONDS)
    assert codes(warm, tokens.access) == dict.fromkeys(EVERYWHERE, "account_suspended")


def test_whose_account_ends_is_refused_from_then_on_whoever_tells_of_it(ways: Ways, tokens: Tokens) -> None:
    """By the database's clock, which nobody moves; and within what the token itself would last."""
    end = timezone.now() + timedelta(seconds=3)
    User.objects.update(expires_at=end)
    for environ in asked(tokens.access).values():
        ways.by_lane(environ)
    assert hits(ways, asked(tokens.access)) == EVERYWHERE
    time.sleep((end - timezone.now()).total_seconds() + 0.01)
    assert codes(ways, tokens.access) == dict.fromkeys(EVERYWHERE, "account_suspended")


def test_what_leaves_no_notice_is_felt_when_memory_has_aged(
    warm: Ways, tokens: Tokens, user: User, later: Callable[[float], None]
) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    for _ in range(int(MEMORY_SECONDS / READ_EVERY_SECONDS) + 1):
        later(READ_EVERY_SECONDS)
        warm.by_lane(verify("x"))
    assert codes(warm, tokens.access) == dict.fromkeys(EVERYWHERE, "account_suspended")


def test_an_ended_session_is_refused_at_once_and_another_of_the_user_is_not(
    warm: Ways, tokens: Tokens, caller: UserPrincipal
) -> None:
    sign_out.end_session(caller.session_id, actor=caller, origin=Origin())
    assert codes(warm, tokens.access) == dict.fromkeys(EVERYWHERE, "session_revoked")


def test_the_session_of_somebody_else_is_no_session(warm: Ways, tokens: Tokens) -> None:
    forged = resigned(tokens.access, claims={"sub": str(UUID(int=7))})
    assert codes(warm, forged) == dict.fromkeys(EVERYWHERE, "session_revoked")


def test_a_changed_profile_is_told_at_once(warm: Ways, tokens: Tokens, caller: UserPrincipal) -> None:
    still_in_use = standing.kept_session(user_id=caller.user_id, session_id=caller.session_id)
    profile.update({"first_name": "Grace"}, actor=caller, origin=Origin())
    for _ in range(2):
        assert b'"first_name":"Grace"' in warm.by_lane(verify(tokens.access)).body
        assert b'"first_name":"Grace"' in warm.by_lane(show("/auth/user", tokens.access)).body
    assert hits(warm, asked(tokens.access)) == EVERYWHERE
    assert differences(warm, asked(tokens.access)) == {}
    assert still_in_use is not None


def test_a_new_group_is_told_when_the_log_is_read(
    warm: Ways, tokens: Tokens, user: User, later: Callable[[float], None]
) -> None:
    group = Group.objects.create(name="admins, and “more”")
    user.groups.add(group)
    elsewhere(NoticeType.GROUP_CHANGED, group.pk)
    later(READ_EVERY_SECONDS)
    for _ in range(2):
        assert differences(warm, asked(tokens.access)) == {}
        assert "admins, and “more”".encode() in warm.by_lane(verify(tokens.access)).body
    assert hits(warm, asked(tokens.access)) == EVERYWHERE


def test_a_token_is_good_until_it_expires_and_not_a_moment_longer(warm: Ways, tokens: Tokens) -> None:
    end = claims_of(tokens.access)["exp"] + 30
    with time_machine.travel(end - 0.5, tick=False):
        assert hits(warm, asked(tokens.access)) == EVERYWHERE
    with time_machine.travel(end, tick=False):
        assert codes(warm, tokens.access) == dict.fromkeys(EVERYWHERE, "token_expired")


@pytest.mark.parametrize("name", ["nbf", "iat"])
def test_a_token_is_not_good_before_its_time(warm: Ways, tokens: Tokens, name: str) -> None:
    begins = claims_of(tokens.access)[name] + 20
    early = resigned(tokens.access, claims={name: begins})
    assert hits(warm, asked(early)) == EVERYWHERE
    with time_machine.travel(begins - 30, tick=False):
        assert hits(warm, asked(early)) == EVERYWHERE
    with time_machine.travel(begins - 31, tick=False):
        assert codes(warm, early) == dict.fromkeys(EVERYWHERE, "token_invalid")


def test_a_key_that_is_withdrawn_here_is_believed_no_more(warm: Ways, tokens: Tokens) -> None:
    key_rotation.withdraw(header_of(tokens.access)["kid"], actor=SYSTEM)
    assert codes(warm, tokens.access) == dict.fromkeys(EVERYWHERE, "token_invalid")


def test_a_key_that_is_withdrawn_elsewhere_is_believed_no_more_when_the_log_is_read(
    warm: Ways, tokens: Tokens, later: Callable[[float], None]
) -> None:
    kid = header_of(tokens.access)["kid"]
    SigningKey.objects.filter(pk=kid).update(withdrawn_at=timezone.now())
    elsewhere(NoticeType.KEYS_CHANGED, kid)
    later(READ_EVERY_SECONDS)
    assert codes(warm, tokens.access) == dict.fromkeys(EVERYWHERE, "token_invalid")


def test_the_published_keys_are_those_of_now(ways: Ways, tokens: Tokens, later: Callable[[float], None]) -> None:
    ways.by_lane(JWKS)
    before = ways.by_lane(JWKS)
    assert ways.handed_on == 1
    kid = header_of(tokens.access)["kid"]
    SigningKey.objects.filter(pk=kid).update(withdrawn_at=timezone.now())
    elsewhere(NoticeType.KEYS_CHANGED, kid)
    later(READ_EVERY_SECONDS)
    ways.by_lane(JWKS)
    assert differences(ways, {"keys": JWKS}) == {}
    assert ways.is_hit(JWKS)
    assert kid.encode() in before.body
    assert kid.encode() not in ways.by_lane(JWKS).body


def test_without_the_log_memory_is_relied_on_for_two_seconds(
    warm: Ways, tokens: Tokens, later: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accounts.notices.tail.Tail._read", lambda *_: None)
    later(RELIED_ON_SECONDS - 0.5)
    assert hits(warm, asked(tokens.access)) == EVERYWHERE
    later(0.6)
    assert hits(warm, asked(tokens.access)) == set()


def test_a_client_that_is_disabled_is_refused_at_once(ways: Ways, transactional_db: None) -> None:
    made = service_clients.make("users:read")
    token = service_clients.token_of(made)
    for environ in (verify(token), show("/auth/forward", token)):
        ways.by_lane(environ)
        assert ways.is_hit(environ)
    service_clients.disable(made.client)
    assert codes(ways, token) == dict.fromkeys(EVERYWHERE, "client_disabled")


def test_a_yes_costs_no_query(warm: Ways, tokens: Tokens, django_assert_num_queries: Callable[[int], Any]) -> None:
    with django_assert_num_queries(0):
        assert hits(warm, asked(tokens.access)) == EVERYWHERE
