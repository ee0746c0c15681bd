"""GraphQL as it stands in production: without GraphiQL, introspection and suggestions."""

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.tests.support.factories import SignIn, Tokens


@pytest.fixture(autouse=True)
def _as_in_production(settings: Settings) -> None:
    settings.GRAPHIQL = False


@pytest.fixture
def graphiql(settings: Settings) -> None:
    """As in embedded mode."""
    settings.GRAPHIQL = True


@pytest.fixture
def tokens(user: User, sign_in: SignIn) -> Tokens:
    """What `user` got for signing in."""
    return sign_in(user)
