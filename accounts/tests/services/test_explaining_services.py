"""What `explain_token` says of service clients' tokens is what the gate does, and names the client."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError

from accounts.models import ServiceClient, User
from accounts.models.clients import ServiceClientQuerySet
from accounts.principals import Origin, System
from accounts.services.clients import clients
from accounts.services.clients.clients import NewSecret
from accounts.services.explaining.verdicts import Outcome
from accounts.tests.services.explained import assert_true_to_the_gate, explained
from accounts.tests.support import service_clients
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of, resigned

OPERATOR, ORIGIN = System("test"), Origin()
SCOPES = ("notices:read", "users:read")
DEAD = "is no present epoch of its client: its tokens were ended since"


@pytest.fixture
def made(db: None) -> NewSecret:
    return service_clients.make(*SCOPES)


@pytest.fixture
def token(made: NewSecret) -> str:
    return service_clients.token_of(made)


def test_a_good_one_names_its_client_in_place_of_a_session(token: str, made: NewSecret) -> None:
    explanation = assert_true_to_the_gate(token)
    assert explanation.kind == "access token of a service client"
    assert list(explanation.findings) == ["key", "issuer", "audience", "client", "epoch"]
    scopes = '"notices:read users:read"'
    assert explanation.findings["client"] == f'"{made.client.pk}" is "orders", active, with the scopes {scopes}'
    assert explanation.findings["epoch"] == f'"{made.client.epoch}" is its client\'s present epoch'
    assert explanation.verdict.sentence == "its signature, dates and names hold, and its client stands"


@pytest.mark.django_db
def test_a_client_without_scopes_is_said_to_have_none() -> None:
    token = service_clients.token_of(service_clients.make())
    assert explained(token).findings["client"].endswith(' is "orders", active, with no scopes')


def test_a_persons_token_says_nothing_of_clients(tokens: Tokens) -> None:
    for token in (tokens.access, tokens.refresh):
        assert list(explained(token).findings) == ["key", "issuer", "audience", "session", "user"]


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        (lambda pk: clients.change(pk, {"is_active": False}, actor=OPERATOR, origin=ORIGIN),
         "client_disabled", 'its client is "orders", disabled, with the scopes "notices:read users:read"'),
        (lambda pk: clients.remove(pk, actor=OPERATOR, origin=ORIGIN),
         "client_disabled", "its client is unknown here, or was removed"),
        (lambda pk: clients.change(pk, {"scopes": ["users:read"]}, actor=OPERATOR, origin=ORIGIN),
         "session_revoked", f"its sid {DEAD}"),
        (lambda pk: clients.change(pk, {}, end_tokens=True, actor=OPERATOR, origin=ORIGIN),
         "session_revoked", f"its sid {DEAD}"),
        (lambda pk: clients.change(pk, {"name": "\x9b2J"}, actor=OPERATOR, origin=ORIGIN), "", "its client stands"),
    ],
    ids=["disabled", "removed", "narrowed", "told to end its tokens", "renamed"],
)  # fmt: skip
def test_one_that_does_not_stand_is_refused_for_what_ended_it(
    token: str, made: NewSecret, change: Callable[[str], Any], code: str, sentence: str
) -> None:
    change(made.client.pk)
    given = assert_true_to_the_gate(token).verdict
    assert (given.code, sentence in given.sentence) == (code, True)


def test_one_of_a_client_that_was_disabled_and_enabled_again_stays_dead(token: str, made: NewSecret) -> None:
    for is_active in (False, True):
        clients.change(made.client.pk, {"is_active": is_active}, actor=OPERATOR, origin=ORIGIN)
    verdict = assert_true_to_the_gate(token).verdict
    assert (verdict.code, verdict.sentence) == ("session_revoked", f"its sid {DEAD}")
    assert "active" in explained(token).findings["client"]


@pytest.mark.parametrize(
    ("claims", "code", "sentence"),
    [
        ({"scope": ["users:read"]}, "token_invalid", 'scope is ["users:read"], and has to be text'),
        ({"sid": "x"}, "token_invalid", 'sid is "x", and has to be a UUID in its canonical form'),
        ({"sid": str(uuid4())}, "session_revoked", "its sid is no present epoch of its client"),
        ({"client_id": "svc_x"}, "token_invalid", "sub is "),
        ({"sub": "svc_x", "client_id": "svc_x"}, "client_disabled", "its client is unknown here, or was removed"),
        ({"aud": "billing"}, "token_invalid", "audience is"),
        ({"exp": 1, "iat": 1, "nbf": 1}, "token_expired", "expired at 1970"),
    ],
)
def test_a_forged_one_is_refused_for_a_reason(token: str, claims: dict[str, Any], code: str, sentence: str) -> None:
    given = assert_true_to_the_gate(resigned(token, claims=claims)).verdict
    assert (given.code, given.sentence.startswith(sentence)) == (code, True)


def test_a_persons_scope_has_to_be_text_too(tokens: Tokens) -> None:
    given = assert_true_to_the_gate(resigned(tokens.access, claims={"scope": 7})).verdict
    assert given.sentence == "scope is 7, and has to be text"


def test_names_that_no_database_takes_are_not_looked_up(token: str, user: User) -> None:
    for name in ("\x00", "\ud800", "x" * 300, str(user.pk)):
        explanation = explained(resigned(token, claims={"sub": name, "client_id": name}))
        assert explanation.findings["client"].endswith("is unknown here, or was removed")
        assert explanation.findings["epoch"].endswith("is no epoch of a client here")


def test_without_the_database_nothing_is_told_of_a_client(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def filter_(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(ServiceClientQuerySet, "filter", filter_)
    explanation = explained(token)
    assert (explanation.verdict.outcome, explanation.verdict.code) == (Outcome.UNKNOWN, "temporarily_unavailable")
    assert explanation.findings["client"] == f'"{claims_of(token)["sub"]}" can\'t be looked up now'
    assert ServiceClient.objects.exists()
