"""The HTML of every mail, as a mail program with Chromium's insides shows it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from accounts.delivery import rendering
from accounts.delivery.content import Content
from accounts.models import Mail, MailKind
from accounts.tests.browser.watching import Tab

pytestmark = [pytest.mark.browser, pytest.mark.processes]

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
URL = "https://auth.example.com/account/reset-password#QmVhdXRpZnVsLCBpc24ndCBpdD8tMDEyMzQ1Njc4OWFi"
WITHOUT_LINK = {MailKind.EMAIL_CHANGED}
LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3."""

CONTRASTS = """() => {
  const channel = (c) => { c /= 255; return c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; };
  const light = (rgb) => rgb.match(/\\d+/g).slice(0, 3).map((c, i) => channel(+c) * [.2126, .7152, .0722][i])
    .reduce((a, b) => a + b);
  const ground = (e) => { while (getComputedStyle(e).backgroundColor === 'rgba(0, 0, 0, 0)') e = e.parentElement;
    return getComputedStyle(e).backgroundColor; };
  return [...document.querySelectorAll('h1, p, a')].map((e) => {
    const [dark, bright] = [light(getComputedStyle(e).color), light(ground(e))].sort((a, b) => a - b);
    return (bright + .05) / (dark + .05); });
}"""


@pytest.mark.parametrize("kind", MailKind)
def test_a_mail_is_legible_in_every_look(tab: Tab, kind: MailKind, tmp_path: Path) -> None:
    mail = Mail(kind=kind, address="ada.lovelace@analytical-engine.example.com", created_at=NOW)
    url = "" if kind in WITHOUT_LINK else URL
    content = Content(url=url, lifetime=timedelta(hours=24), due_at=NOW + timedelta(days=7))
    page, _ = rendering.render(mail, content).alternatives[0]
    tab.page.set_content(str(page))
    expect(tab.page.locator("h1")).to_be_visible()
    assert tab.page.locator("a:visible").count() == (2 if url else 0)
    assert min(tab.page.evaluate(CONTRASTS)) >= LEAST_CONTRAST
    tab.picture(f"mail-{kind}")
    tab.assert_kept_to_itself()
