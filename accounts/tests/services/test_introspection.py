"""Who may ask what a token is worth, and that whatever is not known is never called inactive."""

from typing import Any

import pytest

from accounts.errors import InsufficientScope, KeysUnreadable, TemporarilyUnavailable
from accounts.models import Scope
from accounts.principals import Caller, ClientPrincipal, UserPrincipal
from accounts.services import identification, introspection
from accounts.services.introspection import NOT_ACTIVE
from accounts.tests.support import service_clients
from accounts.tests.support.factories import Tokens

pytestmark = pytest.mark.django_db


def client_with(*scopes: str) -> ClientPrincipal:
    client = service_clients.make(*Scope).client
    return ClientPrincipal(client.pk, client.epoch, frozenset(scopes))


def refuse(monkeypatch: pytest.MonkeyPatch, refusal: Exception) -> None:
    def identify(_: str) -> Any:
        raise refusal

    monkeypatch.setattr(identification, "identify", identify)


def test_the_scope_in_hand_counts_and_not_what_the_client_could_have(tokens: Tokens, actor: UserPrincipal) -> None:
    others = [scope for scope in Scope if scope != Scope.TOKENS_INTROSPECT]
    callers: list[Caller] = [client_with(*others), client_with(), client_with("tokens", "introspect"), actor]
    for caller in callers:
        for token in (tokens.access, "garbage"):
            with pytest.raises(InsufficientScope) as refused:
                introspection.introspect(token, actor=caller)
            assert refused.value.scope == "tokens:introspect"
    assert introspection.introspect(tokens.access, actor=client_with("tokens:introspect"))["active"] is True


@pytest.mark.parametrize("refusal", NOT_ACTIVE)
def test_a_definite_no_is_inactive_without_a_reason(monkeypatch: pytest.MonkeyPatch, refusal: type[Exception]) -> None:
    asker = client_with("tokens:introspect")
    refuse(monkeypatch, refusal())
    assert introspection.introspect("x", actor=asker) == {"active": False}


@pytest.mark.parametrize("doubt", [TemporarilyUnavailable(retry_after=1), KeysUnreadable(retry_after=1)])
def test_a_doubt_is_no_answer(monkeypatch: pytest.MonkeyPatch, doubt: Exception) -> None:
    asker = client_with("tokens:introspect")
    refuse(monkeypatch, doubt)
    with pytest.raises(type(doubt)):
        introspection.introspect("x", actor=asker)
