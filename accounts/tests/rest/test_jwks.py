"""`GET /.well-known/jwks.json`."""

import pytest
from django.db import OperationalError
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import clock
from accounts.keys import ring as ring_module
from accounts.models import KeyPurpose, SigningKey
from accounts.principals import System
from accounts.services.signing_keys import key_rotation
from accounts.tests.support import memory

pytestmark = pytest.mark.django_db

PATH = "/.well-known/jwks.json"


def test_the_public_keys_are_published_and_nothing_private(api: APIClient) -> None:
    answer = api.get(PATH)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    keys = answer.json()["keys"]
    assert len(keys) == 2  # the one that signs, and its successor
    assert {key["kid"] for key in keys} == set(SigningKey.objects.filter(purpose="access").values_list("pk", flat=True))
    assert [set(key) for key in keys] == [{"kty", "crv", "x", "y", "alg", "use", "kid"}] * 2


def test_keys_may_be_kept_for_five_minutes(api: APIClient) -> None:
    assert api.get(PATH).headers["Cache-Control"] == "public, max-age=300"


def test_who_has_them_already_is_told_so(api: APIClient) -> None:
    etag = api.get(PATH).headers["ETag"]
    again = api.get(PATH, HTTP_IF_NONE_MATCH=etag)
    assert (again.status_code, again.content) == (304, b"")
    assert (again.headers["ETag"], again.headers["Cache-Control"]) == (etag, "public, max-age=300")
    assert api.get(PATH, HTTP_IF_NONE_MATCH='"other"').status_code == 200


def test_other_keys_have_another_etag(api: APIClient) -> None:
    etag = api.get(PATH).headers["ETag"]
    key_rotation.rotate(KeyPurpose.ACCESS, at_once=True, actor=System("test"))
    memory.forget()
    answer = api.get(PATH, HTTP_IF_NONE_MATCH=etag)
    assert (answer.status_code, len(answer.json()["keys"])) == (200, 3)


def test_once_loaded_they_outlast_the_database(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> None:
        raise OperationalError

    keys = api.get(PATH).json()
    later = clock.now() + 60
    monkeypatch.setattr(ring_module, "_load", load)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert api.get(PATH).json() == keys


def test_unreadable_keys_are_still_published(api: APIClient, settings: Settings) -> None:
    keys = api.get(PATH).json()
    settings.SECRET_KEY = "another" * 10
    memory.forget()
    assert api.get(PATH).json() == keys
