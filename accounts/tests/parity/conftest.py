"""A door, and a stage for what happens at it."""

import pytest
from pytest_django import Settings

from accounts.models import User
from accounts.tests.parity.cases import Stage
from accounts.tests.parity.doors import DOORS, Door
from accounts.tests.support.factories import SignIn


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Door:
    return DOORS[request.param]


@pytest.fixture
def stage(user: User, sign_in: SignIn, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Stage:
    settings.GRAPHIQL = False
    return Stage(user, sign_in(user), settings, monkeypatch)
