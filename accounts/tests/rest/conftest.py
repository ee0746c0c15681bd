"""Requests as strangers send them."""

from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponseBase
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.tests.support.factories import SignIn, Tokens
from accounts.tests.support.forging import claims_of


def send_raw(
    client: APIClient, path: str, body: Any, *, method: str = "POST", content_type: str = "application/json"
) -> HttpResponseBase:
    """A body as it is, of whatever bytes."""
    return client.generic(method, path, body, content_type=content_type)


@pytest.fixture
def tokens(user: User, sign_in: SignIn) -> Tokens:
    """What `user` got for signing in."""
    return sign_in(user)


@pytest.fixture
def session(tokens: Tokens) -> Session:
    """The session behind `tokens`."""
    return Session.objects.get(pk=UUID(claims_of(tokens.access)["sid"]))
