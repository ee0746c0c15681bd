"""People, and clients that act for them."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from django.test.client import RequestFactory
from rest_framework.test import APIClient

from accounts.models import User
from accounts.tests.support import factories
from accounts.tests.support.factories import Bearer, MakeUser, SignIn

COOKIE: Final = "HTTP_COOKIE"


@pytest.fixture(autouse=True, scope="session")
def _no_cookies_no_header() -> Iterator[None]:
    """As in the world: Django's client sends an empty Cookie header where it has no cookies, which says that a server
    left out what it could not read.
    """
    environ_of = RequestFactory._base_environ  # type: ignore[attr-defined]

    def without(factory: RequestFactory, **request: Any) -> dict[str, Any]:
        environ = environ_of(factory, **request)
        return {name: value for name, value in environ.items() if value or name != COOKIE or COOKIE in request}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RequestFactory, "_base_environ", without)
        yield


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
