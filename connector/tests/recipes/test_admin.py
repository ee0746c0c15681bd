"""Staff of the service's own sign in beside mirrored people, whose sessions end with their suspension."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import aauthenticate, get_user_model
from django.test import AsyncClient, Client
from pytest_django import DjangoAssertNumQueries, Settings

from tests.pages import RECIPES, run, sections
from tests.service import Service

pytestmark = pytest.mark.django_db

User: Any = get_user_model()


@pytest.fixture
def site(settings: Settings, service: Service) -> None:
    settings.ROOT_URLCONF = "tests.plain_urls"
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    settings.MIDDLEWARE = [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "authservice_connector.middleware.AuthServiceMiddleware",
    ]


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch, settings: Settings, site: None) -> None:
    made = run(sections(RECIPES)["Your own admin"])
    backends: Any = SimpleNamespace(**made)
    monkeypatch.setitem(sys.modules, "people.backends", backends)
    monkeypatch.setitem(sys.modules, "people", SimpleNamespace(backends=backends))
    settings.AUTHENTICATION_BACKENDS = ["people.backends.MirroredBackend"]


def sign_in(user: Any, password: str) -> Client | None:
    client = Client()
    return client if client.login(username=user.get_username(), password=password) else None


def is_known(client: Client | None) -> bool:
    return client is not None and bool(client.get("/mine").json()["known"])


def test_nobody_who_is_mirrored_has_a_password_or_a_right_here(site: None, ada: Any) -> None:
    assert ada.remote.profile["is_staff"] is True
    assert not ada.has_usable_password()
    assert getattr(ada, "is_staff", False) is False
    assert sign_in(ada, "") is None


def test_staff_of_the_services_own_sign_in_beside_mirrored_people(backend: None, ada: Any, authorization: str) -> None:
    own = User(**{User.USERNAME_FIELD: "root@example.com"})
    own.set_password("of their own")
    own.save()
    client = sign_in(own, "of their own")
    assert is_known(client)
    assert client is not None
    assert client.get("/mine").json()["who"] == "root@example.com"
    told = client.get("/mine", headers={"Authorization": authorization}).json()
    assert told["subject"] == ada.remote.subject


def test_a_session_of_somebody_mirrored_ends_with_their_suspension(
    backend: None, ada: Any, suspend: Any, reinstate: Any
) -> None:
    ada.set_password("of their own")
    ada.save()
    client = sign_in(ada, "of their own")
    assert is_known(client)
    suspend()
    assert not is_known(client)
    assert sign_in(ada, "of their own") is None
    reinstate()
    assert is_known(sign_in(ada, "of their own"))


async def who_am_i(cookies: Any) -> bool:
    client = AsyncClient()
    client.cookies.update(cookies)
    return bool((await client.get("/mine/async")).json()["known"])


async def aget_in(username: str, password: str) -> bool:
    return await aauthenticate(None, username=username, password=password) is not None


def test_async_views_know_them_and_lose_them_too(backend: None, ada: Any, suspend: Any) -> None:
    own = User(**{User.USERNAME_FIELD: "root@example.com"})
    clients = []
    for user in (own, ada):
        user.set_password("of their own")
        user.save()
        clients.append(sign_in(user, "of their own"))
    assert [async_to_sync(who_am_i)(client and client.cookies) for client in clients] == [True, True]
    assert async_to_sync(aget_in)(ada.get_username(), "of their own")
    suspend()
    assert [async_to_sync(who_am_i)(client and client.cookies) for client in clients] == [True, False]
    assert not async_to_sync(aget_in)(ada.get_username(), "of their own")
    assert async_to_sync(aget_in)(own.get_username(), "of their own")


def test_a_request_of_a_session_costs_one_query(
    backend: None, ada: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ada.set_password("of their own")
    ada.save()
    client = sign_in(ada, "of their own")
    with django_assert_num_queries(1):
        assert is_known(client)


def test_a_session_of_somebody_mirrored_ends_with_their_deletion(backend: None, ada: Any, delete: Any) -> None:
    ada.set_password("of their own")
    ada.save()
    client = sign_in(ada, "of their own")
    delete()
    assert not is_known(client)
