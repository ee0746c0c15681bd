"""The start page: a demo user signs in, refreshes, signs out, and the page shows what verification says."""

import pytest
from playwright.sync_api import expect

from accounts.tests.browser.watching import Tab

pytestmark = [pytest.mark.browser, pytest.mark.processes]


def test_the_demo_shows_a_session_from_sign_in_to_revocation(tab: Tab) -> None:
    tab.open("/")
    tab.picture("start")
    said, verification = tab.page.locator("#said"), tab.page.locator("#verification")
    tab.page.locator("[data-step=sign-in]").click()
    expect(said).to_contain_text("is signed in")
    expect(verification).to_contain_text('"active": true')
    first = tab.page.locator("#token").text_content()
    assert first
    tab.picture("start-signed-in")
    tab.page.locator("[data-step=refresh]").click()
    expect(said).to_contain_text("new")
    expect(tab.page.locator("#token")).not_to_have_text(first)
    tab.page.locator("[data-step=sign-out]").click()
    expect(verification).to_contain_text("session_revoked")
    tab.picture("start-signed-out")
    _forgive_refused_verifications(tab)
    tab.assert_kept_to_itself()


def test_doors_of_the_start_page_open(tab: Tab) -> None:
    tab.open("/")
    for door in tab.page.locator("main a").evaluate_all("links => links.map(link => link.getAttribute('href'))"):
        tab.open(door)
    tab.assert_kept_to_itself()


def _forgive_refused_verifications(tab: Tab) -> None:
    """Chromium itself notes every 401 on the console; this one is what the page is there to show."""
    refused = [each for each in tab.complaints if "status of 401" in each and "/auth/verify" in each]
    assert refused
    tab.complaints = [each for each in tab.complaints if each not in refused]
