"""A token that was seen before is not looked at twice, but for all that may have changed since."""

from dataclasses import replace

import pytest
import time_machine
from django.utils import timezone

from accounts.errors import TokenExpired, TokenInvalid
from accounts.keys.ring import ring
from accounts.models import SigningKey
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of
from accounts.tokens import seen, verifying
from accounts.tokens.seen import SeenTokens
from accounts.tokens.trusted_keys import hearing

pytestmark = pytest.mark.django_db


def test_the_signature_is_looked_at_once(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    first = seen.verify_access(tokens.access)
    monkeypatch.setattr(verifying, "verify_access", lambda _: pytest.fail("looked at twice"))
    assert seen.verify_access(tokens.access) == first
    assert first.payload == claims_of(tokens.access)


def test_dates_are_looked_at_each_time(tokens: Tokens) -> None:
    seen.verify_access(tokens.access)
    with time_machine.travel(claims_of(tokens.access)["exp"] + 61), pytest.raises(TokenExpired):
        seen.verify_access(tokens.access)
    with time_machine.travel(claims_of(tokens.access)["iat"] - 61), pytest.raises(TokenInvalid):
        seen.verify_access(tokens.access)


def test_its_key_is_looked_for_each_time(tokens: Tokens) -> None:
    seen.verify_access(tokens.access)
    SigningKey.objects.update(withdrawn_at=timezone.now())
    ring.forget()
    hearing.forget()
    with pytest.raises(TokenInvalid):
        seen.verify_access(tokens.access)


def test_a_refusal_is_not_remembered(tokens: Tokens) -> None:
    for _ in range(2):
        with pytest.raises(TokenInvalid):
            seen.verify_access(tokens.access[:-4])
    assert seen.tokens.find(tokens.access[:-4]) is None


def test_what_is_remembered_is_bounded_by_its_scopes(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    claims, kept = seen.verify_access(tokens.access), SeenTokens()
    monkeypatch.setattr(seen, "MAX_CHARACTERS", 1000)
    for number in [*range(10), 9, 9]:
        kept.keep(replace(claims, text=str(number), scope="s" * 300))
    assert [number for number in range(10) if kept.find(str(number))] == [7, 8, 9]
    assert kept.characters == 900


def test_as_many_are_remembered_as_there_is_room_for(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    claims, kept = seen.verify_access(tokens.access), SeenTokens()
    monkeypatch.setattr(seen, "MAX_SEEN", 3)
    for number in range(10):
        kept.keep(replace(claims, text=str(number)))
    assert [number for number in range(10) if kept.find(str(number))] == [7, 8, 9]


def test_whatever_stands_in_a_text_it_was_not_seen_before(tokens: Tokens) -> None:
    seen.verify_access(tokens.access)
    for other in (tokens.access + "\ud800", tokens.access + "é", tokens.access + " ", ""):
        assert seen.tokens.find(other) is None
    with pytest.raises(TokenInvalid):
        seen.verify_access(tokens.access + "\ud800")
