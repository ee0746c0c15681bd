"""A session and its tokens."""

from uuid import UUID

import pytest

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
