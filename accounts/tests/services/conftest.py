"""Services are called as the doors call them."""

from uuid import UUID

import pytest

from accounts.models import Session, User
from accounts.principals import Origin, UserPrincipal
from accounts.tests.support.factories import SignIn, Tokens
from accounts.tests.support.forging import claims_of


@pytest.fixture
def origin() -> Origin:
    return Origin(address="192.0.2.1", user_agent="curl/8", request_id="request-1")


@pytest.fixture
def tokens(user: User, sign_in: SignIn) -> Tokens:
    """What `user` got for signing in."""
    return sign_in(user)


@pytest.fixture
def session(tokens: Tokens) -> Session:
    """The session behind `tokens`."""
    return Session.objects.select_related("user").get(pk=UUID(claims_of(tokens.access)["sid"]))


@pytest.fixture
def actor(session: Session) -> UserPrincipal:
    """`user`, through that session."""
    return UserPrincipal(user_id=session.user_id, session_id=session.pk)
