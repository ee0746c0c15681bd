"""The page at `/`."""

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.services import demo
from accounts.tests.support.refusals import assert_refused

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(autouse=True)
def _embedded(settings: Settings) -> None:
    settings.EMBEDDED = settings.GRAPHIQL = True


def test_a_browser_is_shown_the_demo_user_and_the_doors(api: APIClient) -> None:
    page = api.get("/", headers=BROWSER).content.decode()
    assert f'data-email="{demo.EMAIL}" data-password="{demo.PASSWORD}"' in page
    for door in ("/api/docs", "/api/redoc", "/graphql", "/admin/", "/.well-known/jwks.json"):
        assert f'href="{door}"' in page


def test_outside_embedded_mode_nobody_is_shown_around(api: APIClient, settings: Settings) -> None:
    settings.EMBEDDED = settings.GRAPHIQL = False
    page = api.get("/", headers=BROWSER).content.decode()
    assert demo.PASSWORD not in page
    assert "start.js" not in page
    assert 'href="/graphql"' not in page


def test_a_program_gets_the_links(api: APIClient) -> None:
    links = api.get("/").json()
    assert links["issuer"] == "http://localhost:8000"
    assert links["keys"] == "/.well-known/jwks.json"


def test_the_page_loads_from_here_alone(api: APIClient) -> None:
    policy = api.get("/", headers=BROWSER).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy


def test_nothing_can_be_posted_to_it(api: APIClient) -> None:
    assert_refused(api.post("/", {}), 405, "method_not_allowed")
