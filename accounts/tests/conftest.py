"""People, and clients that act for them."""

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.support import factories
from accounts.tests.support.factories import Bearer, MakeUser, SignIn


@pytest.fixture
def password() -> str:
    """What `make_user` gives everybody: it passes every rule."""
    return factories.PASSWORD


@pytest.fixture
def make_user(db: None) -> MakeUser:
    """`make_user(email=…, password=…, **fields)`, each with an address of their own."""
    return factories.make_user


@pytest.fixture
def user(make_user: MakeUser) -> User:
    return make_user()


@pytest.fixture
def api() -> APIClient:
    """A client without credentials that posts JSON."""
    return APIClient()


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """`sign_in(user).access`, over REST."""
    return factories.sign_in


@pytest.fixture
def bearer() -> Bearer:
    """`bearer(token).get("/auth/user")`."""
    return factories.bearer


@pytest.fixture
def signed_in(user: User, sign_in: SignIn) -> APIClient:
    """A client that acts for `user`."""
    return factories.bearer(sign_in(user).access)
