"""A service's own token is fetched once, kept while it lives, and fetched anew when it was refused; not in a storm."""

from typing import Any

import pytest
from authservice_connector import compact, current
from authservice_connector.credentials import KEPT_SECONDS
from authservice_connector.errors import CannotTell
from authservice_connector.service_calls import bearer
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from tests.issuing import Later
from tests.service import Service


@pytest.fixture
def fetched(service: Service) -> Any:
    before = service.count("POST /auth/token")
    return lambda: service.count("POST /auth/token") - before


def scope_in(header: str) -> str:
    return str(compact.take_apart(header.removeprefix("Bearer ")).unverified_payload["scope"])


def test_a_token_is_kept_while_it_lives(fetched: Any, later: Later) -> None:
    first = bearer(scope="orders:read")
    assert first.startswith("Bearer ")
    assert bearer(scope="orders:read") == first
    assert fetched() == 1
    later(300)
    assert bearer(scope="orders:read")
    assert fetched() == 2


def test_each_set_of_scopes_has_its_own_token_whatever_their_order(fetched: Any) -> None:
    assert scope_in(bearer(scope="b a")) == "a b"
    assert bearer(scope="a  b b") == bearer(scope="b a")
    assert scope_in(bearer(scope="a")) == "a"
    assert fetched() == 2


def test_without_scopes_it_is_the_token_that_the_service_has_anyway(service: Service, fetched: Any) -> None:
    assert scope_in(bearer()) == "notices:read users:read"
    assert fetched() == 0


def test_a_refused_token_is_replaced(fetched: Any, later: Later) -> None:
    first = bearer(scope="a")
    later(KEPT_SECONDS)
    assert bearer(scope="a", refused=first)
    assert fetched() == 2


def test_who_refuses_every_token_does_not_cost_a_fetch_each(fetched: Any) -> None:
    for _ in range(20):
        bearer(scope="a", refused=bearer(scope="a"))
    assert fetched() == 1


def test_a_refusal_of_an_older_token_leaves_the_newer_one(fetched: Any, later: Later) -> None:
    bearer(scope="a")
    later(KEPT_SECONDS)
    bearer(scope="a", refused="Bearer of.long.ago")
    assert fetched() == 1


def test_none_to_be_had_is_nobodys_refusal(service: Service) -> None:
    service.is_down = True
    with pytest.raises(CannotTell):
        bearer(scope="a")


def test_without_credentials_it_is_a_mistake(settings: Settings) -> None:
    settings.AUTHSERVICE = {"URL": "http://127.0.0.1:1"}
    with pytest.raises(ImproperlyConfigured, match="CLIENT_ID"):
        bearer()
    current.reset()
