"""Beyond the hash queue a request is refused before its body is read."""

from collections.abc import Iterator
from typing import Final

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import hashing
from accounts.tests.rest.conftest import send_raw
from accounts.tests.support.refusals import assert_refused

pytestmark = pytest.mark.django_db

TAKES_PASSWORD: Final = (
    "/auth/login",
    "/auth/register",
    "/auth/password/change",
    "/auth/password/reset/confirm",
    "/auth/email/change",
    "/auth/user/delete",
)


@pytest.fixture
def full_queue(settings: Settings, signed_in: APIClient) -> Iterator[None]:
    """Once somebody is in, which took a hash."""
    settings.AUTH_MAX_CONCURRENT_HASHES, settings.AUTH_HASH_QUEUE = 1, 0
    with hashing.slot():
        yield


@pytest.mark.usefixtures("full_queue")
@pytest.mark.parametrize("path", TAKES_PASSWORD)
def test_whoever_brings_a_password_is_told_before_the_body_is_read(signed_in: APIClient, path: str) -> None:
    answer = send_raw(signed_in, path, "{ no JSON")
    assert_refused(answer, 503, "busy")
    assert answer.headers["Retry-After"] == "1"


@pytest.mark.usefixtures("full_queue")
def test_whoever_brings_none_is_not(signed_in: APIClient) -> None:
    assert_refused(send_raw(signed_in, "/auth/verify", "{ no JSON"), 400, "malformed_body")


@pytest.mark.parametrize("path", TAKES_PASSWORD)
def test_with_a_place_left_the_body_is_read(signed_in: APIClient, path: str) -> None:
    assert_refused(send_raw(signed_in, path, "{ no JSON"), 400, "malformed_body")
