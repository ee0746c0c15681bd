"""Members of staff at the admin, by Django's own test client."""

from collections.abc import Callable
from typing import Final

import pytest
from django.test import Client

from accounts.models import User
from accounts.tests.support import factories
from accounts.tests.support.factories import MakeUser

LOGIN: Final = "/admin/login/"

Enter = Callable[[User], Client]


def enter(user: User) -> Client:
    """A browser that has signed this user in, by the form."""
    client = Client()
    answer = client.post(LOGIN, {"email": user.email, "password": factories.PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client


@pytest.fixture
def root(make_user: MakeUser) -> User:
    return make_user(email="root@example.com", is_staff=True, is_superuser=True)


@pytest.fixture
def admin(root: User) -> Client:
    """A superuser's browser, in the admin."""
    return enter(root)
