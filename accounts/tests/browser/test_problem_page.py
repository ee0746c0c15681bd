"""The page that `type` of a problem document leads to."""

import pytest
from playwright.sync_api import expect

from accounts.tests.browser.watching import Tab

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.mark.parametrize("code", ["session_revoked", "invalid_input"])
def test_a_problem_page_says_reason_fix_and_curl(tab: Tab, code: str) -> None:
    tab.open(f"/problems/{code}")
    expect(tab.page.locator("main")).to_contain_text(code)
    expect(tab.page.locator("pre")).to_contain_text("curl")
    tab.picture(f"problem-{code}")
    tab.assert_kept_to_itself()
