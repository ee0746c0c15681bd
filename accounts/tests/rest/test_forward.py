"""`/auth/forward`: what a gateway is told about a request, whatever that request is."""

from datetime import timedelta
from typing import Any, Final
from urllib.parse import unquote

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import OperationalError
from django.http import HttpResponseBase
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import ServiceClient, Session, User
from accounts.models.sessions import SessionQuerySet
from accounts.tests.support import service_clients
from accounts.tests.support.factories import Bearer, Tokens
from accounts.tests.support.forging import resigned
from accounts.tests.support.refusals import assert_refused, assert_token_challenged

pytestmark = pytest.mark.django_db

NAMES: Final = ("X-Auth-User-Id", "X-Auth-Email", "X-Auth-Groups", "X-Auth-Client-Id", "X-Auth-Scope")


def identity(answer: HttpResponseBase) -> dict[str, str]:
    """All five, of a yes with an empty body."""
    assert answer.status_code == 200
    assert getattr(answer, "content") == b""  # noqa: B009 - no answer here is streamed
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Length"] == "0"
    return {name: answer.headers[name] for name in NAMES}


def of(user: User, groups: str = "") -> dict[str, str]:
    return dict(zip(NAMES, (str(user.pk), user.email, groups, "authservice", ""), strict=True))


def of_client(client: ServiceClient, scope: str = "") -> dict[str, str]:
    return dict(zip(NAMES, ("", "", "", client.pk, scope), strict=True))


def join(user: User, *names: str) -> None:
    user.groups.set([Group.objects.create(name=name) for name in names])


def test_a_person_is_named_by_all_five_headers(signed_in: APIClient, user: User) -> None:
    assert identity(signed_in.get("/auth/forward")) == of(user)


def test_a_service_is_named_by_all_five_headers(bearer: Bearer) -> None:
    made = service_clients.make("orders:sync", "b")
    caller = bearer(service_clients.token_of(made))
    assert identity(caller.get("/auth/forward")) == of_client(made.client, "b orders:sync")


def test_the_scopes_are_the_tokens_not_all_of_the_client(bearer: Bearer) -> None:
    made = service_clients.make("orders:sync", "b")
    caller = bearer(service_clients.token_of(made, scope="b"))
    assert identity(caller.get("/auth/forward")) == of_client(made.client, "b")
    assert caller.get("/auth/forward?scope=orders:sync").status_code == 403


def test_the_answer_is_of_the_present_not_of_the_tokens_day(signed_in: APIClient, user: User) -> None:
    join(user, "admins")
    User.objects.filter(pk=user.pk).update(email="new@example.com")
    assert identity(signed_in.get("/auth/forward")) == of(user, "admins") | {"X-Auth-Email": "new@example.com"}


def test_what_the_request_says_of_itself_is_ignored(signed_in: APIClient, user: User) -> None:
    forged: dict[str, Any] = {f"HTTP_{name.upper().replace('-', '_')}": "forged" for name in NAMES}
    assert identity(signed_in.get("/auth/forward", **forged)) == of(user)


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("staff", "staff"),
        ("Zoë & Co", "Zo%C3%AB%20%26%20Co"),
        ("a,b", "a%2Cb"),
        ("100%", "100%25"),
        ("a\r\nX-Auth-User-Id: root", "a%0D%0AX-Auth-User-Id:%20root"),
        ("a\tb\x7f", "a%09b%7F"),
        ('"', "%22"),
        ("日本", "%E6%97%A5%E6%9C%AC"),
    ],
)
def test_a_groups_name_is_percent_encoded(signed_in: APIClient, user: User, name: str, encoded: str) -> None:
    join(user, "!", name)
    found = identity(signed_in.get("/auth/forward"))["X-Auth-Groups"]
    assert set(found.split(",")) == {"%21", encoded}
    assert {unquote(part) for part in found.split(",")} == {"!", name}


@pytest.mark.parametrize(
    ("email", "encoded"),
    [("ada+orders@example.com", "ada%2Borders@example.com"), ("zoë@example.com", "zo%C3%AB@example.com")],
)
def test_an_address_is_percent_encoded(signed_in: APIClient, user: User, email: str, encoded: str) -> None:
    User.objects.filter(pk=user.pk).update(email=email)
    assert identity(signed_in.get("/auth/forward"))["X-Auth-Email"] == encoded


def test_scopes_are_percent_encoded(bearer: Bearer) -> None:
    caller = bearer(service_clients.token_of(service_clients.make("https://a.example/orders", "a%b", "c,d")))
    found = identity(caller.get("/auth/forward"))["X-Auth-Scope"]
    assert found == "a%25b c%2Cd https://a.example/orders"


def test_a_first_party_clients_name_is_percent_encoded(signed_in: APIClient, tokens: Tokens, bearer: Bearer) -> None:
    odd = resigned(tokens.access, claims={"client_id": "shop, \r\nX: y"})
    assert identity(bearer(odd).get("/auth/forward"))["X-Auth-Client-Id"] == "shop%2C%20%0D%0AX:%20y"


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "TRACE"])
@pytest.mark.parametrize(
    "path", ["", "/", "/orders/7", "//", "/auth/login", "/../login", "/%0a%0d", "/%ff", "/%2e%2e/", "/ä?format=xml"]
)
def test_any_method_and_any_path_below_are_answered_alike(
    signed_in: APIClient, api: APIClient, user: User, method: str, path: str
) -> None:
    assert identity(signed_in.generic(method, f"/auth/forward{path}")) == of(user)
    answer = api.generic(method, f"/auth/forward{path}")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="authservice"'


def test_a_neighbour_is_not_the_door(signed_in: APIClient) -> None:
    assert_refused(signed_in.get("/auth/forwarded"), 404, "not_found")


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_ACCEPT": "image/png"},
        {"HTTP_ACCEPT": "application/json;version=banana"},
        {"HTTP_ACCEPT": "\x00"},
        {"CONTENT_TYPE": "image/png"},
        {"CONTENT_TYPE": "multipart/form-data; boundary="},
        {"CONTENT_TYPE": "application/json; charset=none-such"},
        {"HTTP_CONTENT_ENCODING": "gzip"},
        {"CONTENT_LENGTH": "999999999"},
        {"CONTENT_LENGTH": "many"},
        {"HTTP_IF_NONE_MATCH": "*", "HTTP_RANGE": "bytes=0-1"},
        {"HTTP_X_HTTP_METHOD_OVERRIDE": "POST"},
        {"HTTP_HOST": "orders.example.com"},
        {"HTTP_HOST": "not a host"},
        {"HTTP_HOST": ""},
        {"HTTP_X_FORWARDED_HOST": "evil.example"},
    ],
    ids=str,
)
@pytest.mark.parametrize("path", ["/auth/forward", "/auth/forward/orders/7"])
def test_what_a_request_wants_of_another_service_is_not_asked_here(
    signed_in: APIClient, api: APIClient, user: User, headers: dict[str, Any], path: str
) -> None:
    for method in ("GET", "POST"):
        assert identity(signed_in.generic(method, path, "{not json", **headers)) == of(user)
        assert_refused(api.generic(method, path, "{not json", **headers), 401, "not_authenticated")


def test_elsewhere_the_host_is_asked(signed_in: APIClient) -> None:
    for path in ("/auth/user", "/auth/forwarded", "/", "//auth/forward"):
        assert_refused(signed_in.get(path, HTTP_HOST="orders.example.com"), 400, "bad_request")


@pytest.mark.parametrize("path", ["/auth/forward", "/auth/forward/", "/auth/forward/orders/7", "/auth/forward/%0a"])
def test_a_preflight_is_a_request_like_any_other(settings: Settings, api: APIClient, path: str) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
    preflight: dict[str, Any] = {
        "HTTP_ORIGIN": "https://app.example.com",
        "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST",
    }
    answer = api.options(path, **preflight)
    assert_refused(answer, 401, "not_authenticated")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_no_answer_lists_methods(signed_in: APIClient, api: APIClient) -> None:
    for client in (signed_in, api):
        assert "Allow" not in client.post("/auth/forward").headers


def test_without_a_token_it_is_no(api: APIClient) -> None:
    assert_refused(api.get("/auth/forward"), 401, "not_authenticated")


def test_a_token_in_the_query_is_none(api: APIClient, tokens: Tokens) -> None:
    for name in ("access_token", "token", "access"):
        assert_refused(api.get(f"/auth/forward?{name}={tokens.access}"), 401, "not_authenticated")


@pytest.mark.parametrize("authorization", ["Bearer a.b.c", "Basic YWRhOng=", "Bearer", "a.b.c"])
def test_garbage_is_no(api: APIClient, authorization: str) -> None:
    answer = api.get("/auth/forward", HTTP_AUTHORIZATION=authorization)
    assert_refused(answer, 401, "token_invalid")
    assert_token_challenged(answer)


def test_a_refresh_token_is_no(bearer: Bearer, tokens: Tokens) -> None:
    answer = bearer(tokens.refresh).get("/auth/forward")
    assert_refused(answer, 401, "wrong_token_type")
    assert_token_challenged(answer)


def test_an_expired_token_is_no(signed_in: APIClient) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=331)):
        answer = signed_in.get("/auth/forward")
    assert_refused(answer, 401, "token_expired")
    assert_token_challenged(answer)


@pytest.mark.parametrize(
    ("of_user", "of_session", "code"),
    [
        ({"is_active": False}, {}, "account_suspended"),
        ({"expires_at": timezone.now()}, {}, "account_suspended"),
        ({"credentials_version": 2}, {}, "session_revoked"),
        ({}, {"revoked_at": timezone.now()}, "session_revoked"),
    ],
)
def test_a_persons_token_that_no_longer_stands_is_no(
    bearer: Bearer, tokens: Tokens, of_user: dict[str, object], of_session: dict[str, object], code: str
) -> None:
    User.objects.update(**(of_user or {"version": 1}))
    Session.objects.update(**(of_session or {"amr": ["pwd"]}))
    answer = bearer(tokens.access).get("/auth/forward")
    assert_refused(answer, 401, code)
    assert_token_challenged(answer)


def test_a_disabled_services_token_is_no(bearer: Bearer) -> None:
    made = service_clients.make()
    token = service_clients.token_of(made)
    service_clients.disable(made.client)
    answer = bearer(token).get("/auth/forward")
    assert_refused(answer, 401, "client_disabled")
    assert_token_challenged(answer)


def test_without_the_database_it_can_not_be_told(signed_in: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_whole(*_: object) -> None:
        raise OperationalError

    monkeypatch.setattr(SessionQuerySet, "find_whole", find_whole)
    assert_refused(signed_in.get("/auth/forward"), 503, "temporarily_unavailable")


@pytest.mark.parametrize(
    ("demands", "holds"),
    [
        ("group=a", True),
        ("group=a&group=b,c", True),
        ("group=b%2Cc", True),
        ("group=x", False),
        ("group=a&group=x", False),
        ("group=x&group=a", False),
        ("group=A", False),
        ("group=a%20", False),
        ("group=b", False),
        ("group=", False),
        ("group=a&group=", False),
        ("group", False),
        ("group=%00", False),
        ("group=%ff", False),
        ("Group=a", False),
        ("group=a&GROUP=a", False),
        ("groups=a", False),
        ("groups=", False),
        ("group[]=a", False),
        ("group%20=a", False),
        ("Groups", False),
        ("roles=x", True),  # another name demands nothing
        ("grou=x&regroup=x&_group=x", True),
    ],
)
def test_every_group_that_is_demanded_must_be_held(signed_in: APIClient, user: User, demands: str, holds: bool) -> None:
    join(user, "a", "b,c")
    for path in ("/auth/forward", "/auth/forward/orders/7"):
        answer = signed_in.post(f"{path}?{demands}")
        if holds:
            assert identity(answer)["X-Auth-Groups"] == "a,b%2Cc"
        else:
            assert_refused(answer, 403, "permission_denied")
            assert not any(name in answer.headers for name in NAMES)


@pytest.mark.parametrize(
    ("demands", "missing"),
    [
        ("scope=a", None),
        ("scope=a&scope=b:c", None),
        ("scope=a+b:c", None),
        ("scope=x", "x"),
        ("scope=a+x&scope=y", "x y"),
        ("scope=A", "A"),
        ("scope=b", "b"),
    ],
)
def test_every_scope_that_is_demanded_must_be_held(bearer: Bearer, demands: str, missing: str | None) -> None:
    caller = bearer(service_clients.token_of(service_clients.make("a", "b:c")))
    answer = caller.get(f"/auth/forward?{demands}")
    if missing is None:
        assert identity(answer)["X-Auth-Scope"] == "a b:c"
    else:
        assert_lacks_scope(answer, missing)


@pytest.mark.parametrize(
    "demands", ["scopes=a", "Scope=a", "SCOPE=a", "scope[]=a", "scope_=a", "scope=a&scopes=a", "scopes"]
)
def test_a_demand_for_a_scope_that_is_mistyped_is_met_by_nobody(bearer: Bearer, demands: str) -> None:
    caller = bearer(service_clients.token_of(service_clients.make("a")))
    assert_refused(caller.get(f"/auth/forward?{demands}"), 403, "permission_denied")


def test_a_person_has_no_scope(signed_in: APIClient) -> None:
    assert_lacks_scope(signed_in.get("/auth/forward?scope=a"), "a")


def test_a_service_is_in_no_group(bearer: Bearer) -> None:
    caller = bearer(service_clients.token_of(service_clients.make("a")))
    assert_refused(caller.get("/auth/forward?scope=a&group=a"), 403, "permission_denied")


@pytest.mark.parametrize("demand", ["", "+", "a+", "+a", "a++a", '"', "%5C", "%0D%0AX:y", "%C3%A4", "%00", "a%09"])
def test_what_can_be_no_scope_is_held_by_nobody(bearer: Bearer, demand: str) -> None:
    """A demand that was left blank by mistake must not open the door, nor a stranger's one get into a header."""
    caller = bearer(service_clients.token_of(service_clients.make("a")))
    assert_refused(caller.get(f"/auth/forward?scope={demand}"), 403, "permission_denied")


def assert_lacks_scope(answer: HttpResponseBase, scope: str) -> None:
    """RFC 6750 section 3.1."""
    assert answer.status_code == 403
    challenge = f'Bearer realm="authservice", error="insufficient_scope", scope="{scope}"'
    assert answer.headers["WWW-Authenticate"] == challenge
    assert not any(name in answer.headers for name in NAMES)
