"""Django REST framework: a definite "no" is 401, "can't tell" is 503, a good token that may not is 403."""

from base64 import b64encode
from typing import Any, cast

import pytest
from authservice_connector import callers
from authservice_connector.callers import ServiceCaller
from authservice_connector.errors import TokenExpired, TokenInvalid
from authservice_connector.rest_framework import HasScope
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import RequestFactory
from pytest_django import Settings
from rest_framework.test import APIClient

from tests.orders.models import Order
from tests.service import Service

pytestmark = pytest.mark.django_db


def get(path: str, token: str | None = None) -> "tuple[int, dict[str, object], dict[str, str]]":
    headers = None if token is None else {"Authorization": f"Bearer {token}"}
    answer = APIClient().get(path, headers=headers)
    return answer.status_code, answer.json(), dict(answer.headers)


def test_a_caller_is_known(service: Service) -> None:
    person = service.register()
    status, body, _ = get("/mine", service.token(person["id"]))
    assert (status, body["subject"]) == (200, person["id"])


def test_nobody_is_asked_to_say_who_they_are(service: Service) -> None:
    status, _, headers = get("/mine")
    assert (status, headers["WWW-Authenticate"]) == (401, 'Bearer realm="authservice"')


@pytest.mark.parametrize("token", ["", "a.b.c", "  "])
def test_a_bad_token_is_401_and_never_nobody(service: Service, token: str) -> None:
    status, body, headers = get("/mine", token)
    assert (status, body["code"]) == (401, "token_invalid")
    assert headers["WWW-Authenticate"] == 'Bearer realm="authservice", error="invalid_token"'


def test_each_refusal_says_why(service: Service) -> None:
    status, body, _ = get("/mine", service.token(service.register()["id"], exp=1))
    assert (status, body) == (401, {"code": TokenExpired.code, "detail": TokenExpired.detail})


def test_another_scheme_is_nobodys_here_and_may_be_that_of_a_class_behind(service: Service) -> None:
    answer = APIClient().get("/mine", HTTP_AUTHORIZATION="Basic YTpi")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="authservice"')
    user: Any = get_user_model()(is_active=True)
    setattr(user, user.USERNAME_FIELD, "local@example.com")
    user.set_password("correct horse")
    user.save()
    credentials = b64encode(b"local@example.com:correct horse").decode()
    assert APIClient().get("/either", HTTP_AUTHORIZATION=f"Basic {credentials}").status_code == 200
    assert get("/either", service.token(service.register()["id"]))[0] == 200
    assert get("/either", "a.b.c")[0] == 401


def test_what_the_middleware_found_is_not_asked_again(
    service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MIDDLEWARE = ["authservice_connector.middleware.AuthServiceMiddleware"]
    identify, asked = callers.identify, []

    def counted(authorization: str) -> Any:
        asked.append(authorization)
        return identify(authorization)

    monkeypatch.setattr(callers, "identify", counted)
    assert get("/mine", service.token(service.register()["id"]))[0] == 200
    assert len(asked) == 1


def test_a_header_that_was_put_in_place_since_is_looked_at(service: Service, rf: RequestFactory) -> None:
    """By a gateway's middleware that makes one of a cookie."""
    request = rf.get("/mine")
    assert callers.identify_once(request) is None
    request.META["HTTP_AUTHORIZATION"] = "Bearer a.b.c"
    with pytest.raises(TokenInvalid):
        callers.identify_once(request)


def test_another_header_is_another_caller(service: Service, rf: RequestFactory) -> None:
    """What was found out about one token is nobody else's answer."""
    first, second = service.register(), service.register()
    request = rf.get("/mine", headers={"Authorization": f"Bearer {service.token(first['id'])}"})
    for person in (first, second):
        request.META["HTTP_AUTHORIZATION"] = f"Bearer {service.token(person['id'])}"
        known = callers.identify_once(request)
        assert known is not None
        assert known[1].subject == person["id"]
    del request.META["HTTP_AUTHORIZATION"]
    assert callers.identify_once(request) is None


def token_of_service(service: Service, name: str) -> str:
    return service.token(name, client_id=name, groups=None)


def test_each_caller_is_throttled_for_themselves(service: Service) -> None:
    """Else one service would use up what all of them may."""
    cache.clear()
    tokens = [token_of_service(service, "svc_b"), token_of_service(service, "svc_c")]
    tokens += [service.token(service.register()["id"]) for _ in range(2)]
    for status in (200, 429):
        assert [get("/throttled", token)[0] for token in tokens] == [status] * 4


def test_a_service_is_no_person(service: Service) -> None:
    assert get("/persons", token_of_service(service, "svc_b"))[0] == 403
    assert get("/persons", service.token(service.register()["id"]))[0] == 200
    assert get("/persons")[0] == 401


def test_what_belongs_to_nobody_is_no_services(service: Service) -> None:
    """As the owner's key None would have it, by which rows without an owner are found."""
    caller = ServiceCaller("svc_b")
    assert caller.pk == caller.id == "svc_b"
    with pytest.raises((ValueError, ValidationError)):
        list(Order.objects.filter(owner_id=cast("Any", caller.pk)))


@pytest.mark.parametrize("path", ["/mine", "/scoped", "/either"])
def test_a_cache_tells_callers_apart(service: Service, path: str) -> None:
    for token in (None, "a.b.c", service.token(service.register()["id"])):
        told = get(path, token)[2]["Vary"].split(", ")
        assert told.count("Authorization") == 1
        assert "Accept" in told


def test_a_service_has_none_of_djangos_permissions_and_is_refused_by_them(service: Service) -> None:
    token = service.token("svc_b", client_id="svc_b", groups=None)
    assert get("/permitted", token)[0] == 200  # reading needs none
    answer = APIClient().post("/permitted", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    caller = ServiceCaller("svc_b")
    assert not caller.has_perm("orders.add_order")
    assert not caller.has_perms(["orders.add_order"])
    assert not caller.has_module_perms("orders")
    assert caller.get_all_permissions() == set()


def test_what_can_not_be_told_is_503_and_says_when_to_come_again(service: Service) -> None:
    service.is_down = True
    status, body, headers = get("/mine", service.token(service.register()["id"]))
    assert (status, headers["Retry-After"], body["code"]) == (503, "1", "temporarily_unavailable")


def test_whom_this_service_has_disabled_is_403(service: Service) -> None:
    person = service.register()
    token = service.token(person["id"])
    get("/mine", token)
    get_user_model()._default_manager.update(is_active=False)
    status, body, _ = get("/mine", token)
    assert (status, body["code"]) == (403, "permission_denied")


@pytest.mark.parametrize(
    ("path", "claims", "status"),
    [
        ("/scoped", {"scope": "orders:read users:read"}, 200),
        ("/scoped", {"scope": "orders:reads"}, 403),
        ("/scoped", {}, 403),
        ("/scoped/twice", {"scope": "orders:read"}, 403),
        ("/scoped/twice", {"scope": "stock:read"}, 403),
        ("/scoped/twice", {"scope": "stock:read users:read orders:read"}, 200),
        ("/grouped/twice", {"groups": ["admins"]}, 403),
        ("/grouped/twice", {"groups": ["writers"]}, 403),
        ("/grouped/twice", {"groups": ["writers", "guests", "admins"]}, 200),
        ("/grouped", {"groups": ["writers", "admins"]}, 200),
        ("/grouped", {"groups": ["admin"]}, 403),
        ("/grouped", {"groups": None}, 403),
    ],
)
def test_scopes_and_groups_are_those_of_the_token(
    service: Service, path: str, claims: dict[str, object], status: int
) -> None:
    assert get(path, service.token(service.register()["id"], **claims))[0] == status


def test_a_demand_without_a_name_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="one name at least"):
        HasScope()
