"""Views without REST framework: a token decides where there is one, and a session where there is none."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator as Communicator
from authservice_connector.errors import TokenExpired
from authservice_connector.gate import LocalGate
from django.contrib.auth import get_user_model
from django.core.asgi import get_asgi_application
from django.test import AsyncClient, Client
from pytest_django import Settings

from tests.service import Service

pytestmark = pytest.mark.django_db

OURS = "authservice_connector.middleware.AuthServiceMiddleware"
DJANGOS = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]

User: Any = get_user_model()


@pytest.fixture(autouse=True)
def site(settings: Settings, service: Service) -> None:
    settings.ROOT_URLCONF = "tests.plain_urls"
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    settings.MIDDLEWARE = [*DJANGOS, OURS]


@pytest.fixture(params=["sync", "async"])
def call(request: pytest.FixtureRequest) -> Any:
    """GET through the door of WSGI and that of ASGI."""

    def through(authorization: str | None = None, *, cookies: Any = None) -> Any:
        client = Client() if request.param == "sync" else AsyncClient()
        client.cookies.update(cookies or {})
        headers = None if authorization is None else {"Authorization": authorization}
        if isinstance(client, Client):
            return client.get("/mine", headers=headers)
        return async_to_sync(client.get)("/mine/async", headers=headers)

    return through


def signed_in() -> tuple[Any, Any]:
    """A user of the service's own, and the cookies of a session."""
    user = User(email="local@example.com")
    setattr(user, User.USERNAME_FIELD, "local@example.com")
    user.save()
    client = Client()
    client.force_login(user)
    return user, client.cookies


@pytest.mark.parametrize("middleware", [[*DJANGOS, OURS], [OURS, *DJANGOS], [OURS]])
def test_a_caller_is_known_wherever_the_middleware_stands(
    call: Any, service: Service, settings: Settings, middleware: list[str]
) -> None:
    settings.MIDDLEWARE = middleware
    person = service.register()
    answer = call(f"Bearer {service.token(person['id'])}")
    assert (answer.status_code, answer.json()["subject"]) == (200, person["id"])
    assert answer.json()["who"] == User._default_manager.get().get_username()
    assert "Authorization" in answer["Vary"]


def test_a_service_is_a_caller_too(call: Any, service: Service) -> None:
    answer = call(f"Bearer {service.token('svc_b', client_id='svc_b', groups=None)}")
    assert answer.json() == {"who": "svc_b", "known": True, "subject": "svc_b"}


@pytest.mark.parametrize("middleware", [[*DJANGOS, OURS], [OURS, *DJANGOS], [OURS]])
def test_without_a_token_nobody_is_known(call: Any, settings: Settings, middleware: list[str]) -> None:
    settings.MIDDLEWARE = middleware
    answer = call()
    assert answer.json() == {"who": "", "known": False, "subject": None}
    assert "Authorization" in answer["Vary"]


def test_without_a_token_a_session_goes_on(call: Any) -> None:
    user, cookies = signed_in()
    assert call(cookies=cookies).json() == {"who": user.get_username(), "known": True, "subject": None}


def test_without_a_token_the_session_is_not_even_read(service: Service, django_assert_num_queries: Any) -> None:
    _, cookies = signed_in()
    client = Client()
    client.cookies.update(cookies)
    with django_assert_num_queries(0):
        assert client.get("/nothing").status_code == 404


@pytest.mark.parametrize("middleware", [[*DJANGOS, OURS], [OURS, *DJANGOS]])
def test_a_token_wins_over_a_session(call: Any, service: Service, settings: Settings, middleware: list[str]) -> None:
    settings.MIDDLEWARE = middleware
    user, cookies = signed_in()
    person = service.register()
    answer = call(f"Bearer {service.token(person['id'])}", cookies=cookies)
    assert answer.json()["subject"] == person["id"]
    assert answer.json()["who"] != user.get_username()


@pytest.mark.parametrize("authorization", ["Bearer", "Bearer a.b.c", "Bearer  ", "bearer a.b.c", "Bearer a b"])
def test_a_bad_token_is_401_and_neither_nobody_nor_the_sessions_user(call: Any, authorization: str) -> None:
    _, cookies = signed_in()
    for answer in (call(authorization), call(authorization, cookies=cookies)):
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == 'Bearer realm="authservice", error="invalid_token"'
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["Cache-Control"] == "no-store"
        assert (answer.json()["status"], answer.json()["code"]) == (401, "token_invalid")


@pytest.mark.parametrize("authorization", ["Basic YTpi", "Token 7", "bear"])
def test_another_scheme_is_for_others_and_changes_nobody(call: Any, authorization: str) -> None:
    user, cookies = signed_in()
    assert call(authorization).json() == {"who": "", "known": False, "subject": None}
    answer = call(authorization, cookies=cookies)
    assert answer.json() == {"who": user.get_username(), "known": True, "subject": None}


def test_each_refusal_says_why(call: Any, service: Service) -> None:
    answer = call(f"Bearer {service.token(service.register()['id'], exp=1)}")
    assert (answer.status_code, answer.json()["code"]) == (401, TokenExpired.code)
    assert answer.json()["detail"] == TokenExpired.detail


def test_what_can_not_be_told_is_503_and_says_when_to_come_again(call: Any, service: Service) -> None:
    service.is_down = True
    answer = call(f"Bearer {service.token(service.register()['id'])}")
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert answer.json()["code"] == "temporarily_unavailable"
    assert "WWW-Authenticate" not in answer


def test_whom_this_service_has_disabled_is_403(call: Any, service: Service) -> None:
    token = f"Bearer {service.token(service.register()['id'])}"
    assert call(token).status_code == 200
    User._default_manager.update(is_active=False)
    answer = call(token)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_nothing_can_be_forged_where_a_token_came_along_and_a_session_is_guarded(service: Service) -> None:
    _, cookies = signed_in()
    client = Client(enforce_csrf_checks=True)
    client.cookies.update(cookies)
    assert client.post("/mine").status_code == 403
    token = f"Bearer {service.token(service.register()['id'])}"
    assert client.post("/mine", headers={"Authorization": token}).status_code == 200
    assert client.post("/mine", headers={"Authorization": ""}).status_code == 403


def test_under_asgi_nothing_waits_on_the_event_loop(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Identification may call the auth service and the database; on the loop everybody would wait for it."""
    identify, on_the_loop = LocalGate.identify, []

    def watched(self: LocalGate, token: str) -> Any:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            on_the_loop.append(False)
        else:
            on_the_loop.append(True)
        return identify(self, token)

    monkeypatch.setattr(LocalGate, "identify", watched)
    token = service.token("svc_b", client_id="svc_b", groups=None)  # nobody's row: no database in that thread
    assert asyncio.run(_through_asgi(token)) == 200
    assert on_the_loop == [False]


async def _through_asgi(token: str) -> int:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/mine/async",
        "query_string": b"",
        "headers": [(b"authorization", f"Bearer {token}".encode()), (b"host", b"testserver")],
    }
    communicator: Any = Communicator(get_asgi_application(), scope)  # type: ignore[no-untyped-call]
    await communicator.send_input({"type": "http.request", "body": b""})
    started = await communicator.receive_output(5)
    await communicator.receive_output(5)
    await communicator.wait()
    return int(started["status"])
