"""ReDoc: the same operations, to read."""

import pytest

from accounts.tests.browser.watching import Tab

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_the_reference_is_read_without_a_foreign_asset(tab: Tab) -> None:
    tab.open("/api/redoc")
    tab.page.get_by_text("/auth/login").first.wait_for(state="attached")
    tab.page.get_by_role("heading", name="Sign in with e-mail and password").wait_for()
    tab.picture("redoc")
    tab.assert_kept_to_itself()
