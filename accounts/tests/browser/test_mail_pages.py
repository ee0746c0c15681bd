"""Our pages behind the links in mails: from the mail that the worker prints to the new state, and a link used twice."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Any, Final

import pytest
from playwright.sync_api import expect

from accounts.tests.browser.conftest import HOST
from accounts.tests.browser.watching import Tab
from accounts.tests.support.databases import Database, Databases
from accounts.tests.support.factories import PASSWORD
from accounts.tests.support.http import JSONClient
from accounts.tests.support.processes import Servers

pytestmark = [pytest.mark.browser, pytest.mark.processes]

NEW: Final = "seven kites over helsinki"
LINK: Final = re.compile(r"http://localhost:8000(/account/[a-z-]+#[\w-]+)")
ENV: Final = {
    "ALLOWED_HOSTS": f"{HOST},127.0.0.1",
    "AUTH_EMAIL_VERIFICATION": "optional",
    "AUTH_DELETION_DELAY": "3600",
    "AUTH_MAIL_LIMITS": "account=100/1h,address=1000/1h",
}
NUMBERS: Final = count(1)


class Post:
    """The server's API, and its mails, which the worker prints in embedded mode."""

    def __init__(self, database: Database, client: JSONClient) -> None:
        self._database, self._client = database, client

    def call(self, path: str, body: dict[str, str], token: str = "") -> Any:
        answer = self._client.post(path, body, token=token or None)
        assert answer.status < 300, answer
        return answer.json if answer.body else None

    def link(self) -> str:
        """Of the last mail that was sent now."""
        found: list[str] = LINK.findall(self._database.manage("work", "--once", env=ENV))
        return found[-1]

    def register(self) -> str:
        """The address of somebody new, whose first mail is yet to be sent."""
        email = f"person{next(NUMBERS)}@example.com"
        self.call("/auth/register", {"email": email, "password": PASSWORD})
        return email

    def enter(self, email: str, password: str = PASSWORD) -> Any:
        return self.call("/auth/login", {"email": email, "password": password})


@pytest.fixture(scope="module")
def served(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Post]]:
    database = databases.create()
    servers = Servers(database, tmp_path_factory.mktemp("mail_pages"))
    (server,) = servers.start(env=ENV)
    with server.client() as client:
        yield f"http://{HOST}:{server.port}", Post(database, client)
    servers.stop()
    databases.drop(database)


@pytest.fixture(scope="module")
def origin(served: tuple[str, Post]) -> str:
    return served[0]


@pytest.fixture(scope="module")
def post(served: tuple[str, Post]) -> Post:
    return served[1]


def forgive_refusals(tab: Tab) -> None:
    """Chromium itself notes every 400 on the console; these are what the page is there to explain."""
    tab.complaints = [each for each in tab.complaints if "status of 400" not in each]


def test_a_link_sets_a_new_password_and_then_no_more(tab: Tab, post: Post) -> None:
    email = post.register()
    post.call("/auth/password/reset", {"email": email})
    link = post.link()
    tab.open(link)
    assert "#" not in tab.page.url
    expect(tab.page.get_by_label("E-mail address")).to_be_hidden()
    tab.picture("reset-password")
    field = tab.page.get_by_label("New password")
    field.fill("short")
    tab.page.get_by_role("button").click()
    expect(tab.page.get_by_role("status")).to_contain_text("At least 15 characters; yours has 5.")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(tab.page.get_by_role("status")).to_have_class("wrong")
    tab.picture("reset-password-refused")
    tab.page.get_by_label("Show it").check()
    expect(field).to_have_attribute("type", "text")
    field.fill(NEW)
    field.press("Enter")
    expect(tab.page.get_by_role("status")).to_contain_text("The new password is set")
    expect(tab.page.get_by_role("status")).to_be_focused()
    expect(tab.page.get_by_role("status")).not_to_have_class("wrong")
    tab.picture("reset-password-done")
    assert post.enter(email, NEW)["access"]
    ask_again(tab, link)
    forgive_refusals(tab)
    tab.assert_kept_to_itself()


def ask_again(tab: Tab, link: str) -> None:
    """Without another look at the page: a link of the same page changes the fragment alone."""
    tab.page.evaluate("link => { location.href = link }", link)
    tab.page.get_by_label("New password").fill(NEW)
    tab.page.get_by_role("button", name="Set the password").click()
    expect(tab.page.get_by_role("status")).to_contain_text("This link is no longer good")
    tab.picture("reset-password-over")
    tab.page.get_by_label("E-mail address").fill("somebody@example.com")
    tab.page.get_by_role("button", name="Send me the link").click()
    expect(tab.page.get_by_role("status")).to_contain_text("a mail is on its way")


def test_a_link_confirms_an_address_at_the_press_of_a_button(tab: Tab, post: Post) -> None:
    email = post.register()
    tab.open(post.link())
    tab.picture("verify-email")
    assert not post.enter(email)["user"]["email_verified"]
    tab.page.get_by_role("button").press("Enter")
    expect(tab.page.get_by_role("status")).to_contain_text("The address is confirmed")
    assert post.enter(email)["user"]["email_verified"]
    tab.picture("verify-email-done")
    tab.assert_kept_to_itself()


def test_a_link_keeps_an_account(tab: Tab, post: Post) -> None:
    email = post.register()
    post.link()
    post.call("/auth/user/delete", {"password": PASSWORD}, post.enter(email)["access"])
    link = post.link()
    tab.open(link)
    tab.picture("cancel-deletion")
    tab.page.get_by_role("button").click()
    expect(tab.page.get_by_role("status")).to_contain_text("Your account stays")
    assert post.enter(email)["access"]
    tab.page.evaluate("link => { location.href = link }", link)
    tab.page.get_by_role("button").click()
    expect(tab.page.get_by_role("status")).to_contain_text("it was used, or the deletion has begun")
    expect(tab.page.get_by_text("Follow the link")).to_be_hidden()
    tab.picture("cancel-deletion-over")
    forgive_refusals(tab)
    tab.assert_kept_to_itself()


def test_a_page_without_a_code_asks_for_a_mail(tab: Tab, post: Post) -> None:
    for path, form in (("reset-password", True), ("verify-email", True), ("cancel-deletion", False)):
        tab.open(f"/account/{path}")
        assert tab.page.get_by_label("E-mail address").is_visible() == form
        tab.picture(f"{path}-without-code")
    tab.assert_kept_to_itself()


def test_a_link_that_a_mail_program_spoilt_is_said_to_be_no_longer_good(tab: Tab) -> None:
    tab.open("/account/verify-email#%")
    tab.page.get_by_role("button").click()
    expect(tab.page.get_by_role("status")).to_contain_text("This link is no longer good")
    forgive_refusals(tab)
    tab.assert_kept_to_itself()
