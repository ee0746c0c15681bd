"""What goes wrong on our side: "not now" for an outage, a masked and noted fault for whatever nobody foresaw."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from structlog.testing import capture_logs

from accounts.models import Session, User
from accounts.services import identification, sign_in
from accounts.services.sign_in import SignedIn
from accounts.tests.graphql.asking import NEWER, ask
from accounts.tests.support.factories import Tokens
from accounts.tokens.issuing import TokenPair

pytestmark = pytest.mark.django_db

ME = "{ me { id } }"
LOGIN = 'mutation { login(input: {email: "ada@example.com", password: "x"}) { access } }'


def raising(exc: Exception) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise exc

    return fail


@pytest.mark.parametrize("exc", [OperationalError("the host is db.internal"), InterfaceError("closed")])
def test_without_the_database_the_answer_is_not_now(tokens: Tokens, exc: Exception) -> None:
    with connection.execute_wrapper(raising(exc)):
        answer = ask(ME, token=tokens.access)
    assert answer.code == "temporarily_unavailable"
    assert answer.errors[0]["extensions"]["retryAfter"] == 1
    assert "db.internal" not in str(answer.body)


@pytest.mark.parametrize("accept", ["application/json", NEWER])
def test_an_unforeseen_fault_is_masked_and_noted(accept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_in, "sign_in", raising(RuntimeError("secret of the house")))
    with capture_logs() as logs:
        answer = ask(LOGIN, accept=accept)
    assert (answer.status, answer.code, answer.body["data"]) == (200, "internal_error", {"login": None})
    assert "secret of the house" not in str(answer.body)
    assert [(line["event"], line["log_level"]) for line in logs if line["event"] != "request"] == [
        ("resolver_failed", "error")
    ]
    assert str(next(line["exc_info"] for line in logs if "exc_info" in line)) == "secret of the house"


def test_an_answer_that_can_not_be_written_is_our_fault(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    beyond_an_int = TokenPair(access="a", refresh="r", expires_in=2**40, refresh_expires_in=1)
    monkeypatch.setattr(sign_in, "sign_in", lambda **_: SignedIn(session=Session(user=user), tokens=beyond_an_int))
    login = 'mutation { login(input: {email: "ada@example.com", password: "p"}) { expiresIn } }'
    with capture_logs() as logs:
        assert ask(login).code == "internal_error"
    assert "resolver_failed" in {line["event"] for line in logs}


def test_an_argument_that_is_null_after_all_is_the_callers() -> None:
    answer = ask('query ($t: String = "x") { verifyToken(token: $t) { sub } }', {"t": None})
    assert answer.code == "graphql_validation_failed"


def test_a_refusal_is_no_fault_and_is_not_noted_as_one(tokens: Tokens) -> None:
    with capture_logs() as logs:
        assert ask(ME, token="a.b.c").code == "token_invalid"
        assert ask("{ nothing }").code == "graphql_validation_failed"
    assert {line["event"] for line in logs} == {"request"}


def test_a_fault_outside_of_every_field_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.graphql.documents.validate", raising(RuntimeError("secret of the house")))
    answer = ask('{ verifyToken(token: "x") { sub } }')
    assert (answer.status, answer.body["code"]) == (500, "internal_error")
    assert "secret of the house" not in str(answer.body)


def test_a_token_is_looked_at_once(tokens: Tokens, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    identify = identification.identify

    def noting(token: str) -> identification.Identity:
        looked.append(token)
        return identify(token)

    monkeypatch.setattr(identification, "identify", noting)
    assert ask("{ a: me { id } b: me { id } sessions { id } }", token=tokens.access).data
    assert looked == [tokens.access]
