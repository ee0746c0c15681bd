"""Our pages behind the links in mails: a script of ours, nothing from elsewhere, nothing that a code could leak by."""

import re

import pytest
from django.contrib.staticfiles import finders
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.tests.support.refusals import assert_refused

PAGES = pytest.mark.parametrize("path", ["reset-password", "verify-email", "cancel-deletion"])


@PAGES
@pytest.mark.parametrize("slash", ["", "/"])
def test_a_page_runs_our_script_and_sends_to_us_alone(api: APIClient, path: str, slash: str) -> None:
    answer = api.get(f"/account/{path}{slash}")
    assert answer.status_code == 200
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert policy == {
        **dict.fromkeys(("default-src", "frame-ancestors", "base-uri", "form-action"), "'none'"),
        **dict.fromkeys(("script-src", "style-src", "connect-src"), "'self'"),
        "img-src": "data:",
    }
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    text = answer.content.decode()
    assert not re.search(r"https?://|<script>|\bon\w+=|style=", text)
    assert 'role="status"' in text


@PAGES
def test_what_a_page_asks_for_is_there(api: APIClient, path: str) -> None:
    text = api.get(f"/account/{path}").content.decode()
    assets = re.findall(r'(?:src|href)="(/[^"]+)"', text)
    assert len(assets) == 2
    assert all(finders.find(asset.removeprefix("/static/")) for asset in assets)
    for call in re.findall(r'data-call="([^"]+)"', text):
        assert api.get(call).status_code == 405


@PAGES
def test_a_page_is_only_read(api: APIClient, path: str) -> None:
    assert_refused(api.post(f"/account/{path}", {}), 405, "method_not_allowed")


def test_below_a_proxys_path_a_page_finds_its_way(api: APIClient, settings: Settings) -> None:
    settings.AUTH_ISSUER = "https://example.com/auth"
    text = api.get("/account/reset-password").content.decode()
    assert 'data-call="/auth/auth/password/reset/confirm"' in text
    assert 'src="/auth/static/accounts/mail_page.js"' in text


def test_the_least_length_is_the_operators(api: APIClient, settings: Settings) -> None:
    settings.AUTH_PASSWORD_MIN_LENGTH = 21
    assert "At least 21 characters" in api.get("/account/reset-password").content.decode()
