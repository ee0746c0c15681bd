"""Swagger UI: every operation can be tried out from where it is described."""

import json
from uuid import uuid4

import pytest
from playwright.sync_api import Locator

from accounts.tests.browser.watching import Tab

pytestmark = [pytest.mark.browser, pytest.mark.processes]

PASSWORD = "river-lantern-copper-moss-47"


def test_an_account_is_made_and_used_by_try_it_out(tab: Tab) -> None:
    tab.open("/api/docs")
    tab.page.locator("#operations-tag-Signing_in").wait_for()
    tab.picture("swagger-ui")
    account = {"email": f"{uuid4().hex}@example.com", "password": PASSWORD}
    assert _tried(tab, "Signing_in-register", "/auth/register", json.dumps(account))[0] == 201
    status, answer = _tried(tab, "Signing_in-login", "/auth/login", json.dumps(account))
    assert status == 200
    _authorise(tab, json.loads(answer)["access"])
    status, answer = _tried(tab, "Account-get_user", "/auth/user")
    assert (status, json.loads(answer)["email"]) == (200, account["email"])
    tab.picture("swagger-ui-tried")
    tab.assert_kept_to_itself()


def test_the_example_of_login_is_sent_as_it_stands(tab: Tab) -> None:
    tab.open("/api/docs")
    shown = _opened(tab, "Signing_in-login").locator("textarea.body-param__text").input_value()
    assert set(json.loads(shown)) == {"email", "password"}
    tab.assert_kept_to_itself()


def _opened(tab: Tab, operation: str) -> Locator:
    block = tab.page.locator(f"#operations-{operation}")
    block.locator(".opblock-summary-control").click()
    block.locator(".try-out__btn").click()
    return block


def _tried(tab: Tab, operation: str, path: str, body: str | None = None) -> tuple[int, str]:
    block = _opened(tab, operation)
    if body is not None:
        block.locator("textarea.body-param__text").fill(body)
    answer = tab.answer_to(path, block.locator(".execute"))
    block.locator(".live-responses-table .response-col_status", has_text=str(answer.status)).first.wait_for()
    return answer.status, answer.text()


def _authorise(tab: Tab, token: str) -> None:
    tab.page.locator(".auth-wrapper .authorize").click()
    field = tab.page.locator("#auth-bearer-value")
    scheme = tab.page.locator(".dialog-ux .auth-container", has=field)
    field.fill(token)
    scheme.locator("button.authorize").click()
    tab.page.locator(".dialog-ux .btn-done").first.click()
