"""A session and its tokens, and a clock that can be moved."""

from collections.abc import Callable
from uuid import UUID

import pytest

from accounts import clock
from accounts.models import Session, User
from accounts.tests.support.factories import SignIn, Tokens
from accounts.tests.support.forging import claims_of


@pytest.fixture
def tokens(user: User, sign_in: SignIn) -> Tokens:
    """What `user` got for signing in."""
    return sign_in(user)


@pytest.fixture
def session(tokens: Tokens) -> Session:
    """The session behind `tokens`, read whole."""
    claims = claims_of(tokens.access)
    session = Session.objects.find_whole(UUID(claims["sid"]), UUID(claims["sub"]))
    assert session is not None
    return session


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock moves by `later` alone."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Moves the clock."""
    moved = [0.0]
    now = clock.now
    monkeypatch.setattr(clock, "now", lambda: now() + moved[0])

    def move(seconds: float) -> None:
        moved[0] += seconds

    return move
