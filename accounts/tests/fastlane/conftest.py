"""Somebody who is signed in, and a lane that has warmed up."""

from collections.abc import Iterator

import pytest
from django.core.handlers.wsgi import WSGIHandler
from pytest_django import Settings

from accounts.models import User
from accounts.tests.fastlane.ways import Ways, verify
from accounts.tests.support import factories
from accounts.tests.support.factories import Tokens


@pytest.fixture
def user(transactional_db: None) -> User:
    """Committed: within a transaction, memory is not asked."""
    return factories.make_user("ada@example.com", first_name="Zoë “\u2028”")


@pytest.fixture
def tokens(user: User) -> Tokens:
    return factories.sign_in(user)


@pytest.fixture
def ways(settings: Settings, caplog: pytest.LogCaptureFixture) -> Iterator[Ways]:
    """What the lane does not take is none of its faults: of those it writes a line."""
    settings.ALLOWED_HOSTS = ["testserver", "localhost", ".example.com"]
    yield Ways(WSGIHandler())
    assert "fastlane_failed" not in caplog.text


@pytest.fixture
def warm(ways: Ways, tokens: Tokens) -> Ways:
    """Django has said yes to the token once, and so has the lane since."""
    ways.by_lane(verify(tokens.access))
    assert ways.is_hit(verify(tokens.access))
    return ways
