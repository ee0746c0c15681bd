"""The admin at work: somebody is invited, suspended with a reason and let in again; a secret is replaced."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Final

import pytest
from playwright.sync_api import expect

from accounts.tests.browser.conftest import HOST
from accounts.tests.browser.watching import Tab
from accounts.tests.support.databases import Databases
from accounts.tests.support.processes import Servers

pytestmark = [pytest.mark.browser, pytest.mark.processes]

EMAIL: Final = "grace@example.com"
PASSWORD: Final = "amber lighthouse counts herons"
USERS: Final = "/admin/accounts/user/"
CLIENTS: Final = "/admin/accounts/serviceclient/"
NUMBERS: Final = count(1)


@pytest.fixture(scope="module")
def origin(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database = databases.create()
    servers = Servers(database, tmp_path_factory.mktemp("admin"))
    env = {"ALLOWED_HOSTS": f"{HOST},127.0.0.1", "AUTH_LOGIN_LIMITS": ""}
    superuser = ("--noinput", "--email", EMAIL)
    database.manage("createsuperuser", *superuser, env=env | {"DJANGO_SUPERUSER_PASSWORD": PASSWORD})
    (server,) = servers.start(env=env)
    yield f"http://{HOST}:{server.port}"
    servers.stop()
    databases.drop(database)


@pytest.fixture
def admin(tab: Tab) -> Tab:
    """A tab that has signed in."""
    tab.open("/admin/")
    _sign_in(tab, PASSWORD)
    tab.page.wait_for_url("**/admin/")
    tab.page.wait_for_load_state("networkidle")
    return tab


def _sign_in(tab: Tab, password: str) -> None:
    tab.page.get_by_label("E-mail").fill(EMAIL)
    tab.page.get_by_label("Password").fill(password)
    tab.page.get_by_role("button", name="Sign in").click()


def _press(tab: Tab, name: str) -> None:
    """What a page is about is at its end, or at its beginning."""
    tab.page.get_by_role("button", name=name, exact=True).click()
    tab.page.wait_for_load_state("networkidle")


def _go(tab: Tab, name: str) -> None:
    tab.page.get_by_role("link", name=name, exact=True).click()
    tab.page.wait_for_load_state("networkidle")


def _invite(tab: Tab) -> str:
    email = f"person{next(NUMBERS)}@example.com"
    tab.open(USERS)
    _go(tab, "Invite somebody")
    tab.page.get_by_label("E-mail", exact=False).first.fill(email)
    tab.page.get_by_label("First name").fill("Ada")
    tab.picture("admin-invite")
    _press(tab, "Invite")
    expect(tab.page.get_by_text("The invitation is on its way.")).to_be_visible()
    return email


def test_a_wrong_password_is_said_on_the_page(tab: Tab) -> None:
    tab.open("/admin/")
    tab.picture("admin-login")
    _sign_in(tab, "no lighthouse counts herons")
    expect(tab.page.get_by_text("No account matches this e-mail address and password.")).to_be_visible()
    expect(tab.page.get_by_label("E-mail")).to_have_value(EMAIL)
    tab.picture("admin-login-refused")
    tab.complaints = [each for each in tab.complaints if "status of 401" not in each]
    tab.assert_kept_to_itself()


def test_somebody_is_suspended_with_a_reason_and_let_in_again(admin: Tab) -> None:
    email = _invite(admin)
    admin.picture("admin-user")
    _go(admin, "Suspend")
    admin.page.get_by_label("Reason").fill("Case 4711")
    admin.picture("admin-suspend")
    _press(admin, "Suspend")
    expect(admin.page.get_by_text("The account is suspended.")).to_be_visible()
    expect(admin.page.get_by_text("Case 4711")).to_be_visible()
    admin.picture("admin-user-suspended")
    admin.open(f"{USERS}?search={email}&is_active=false")
    expect(admin.page.get_by_text(email)).to_be_visible()
    admin.picture("admin-users")
    _go(admin, email)
    _go(admin, "Reinstate")
    _press(admin, "Reinstate")
    expect(admin.page.get_by_text("The account is open again.")).to_be_visible()
    admin.assert_kept_to_itself()


def test_what_does_not_fit_stands_at_its_field(admin: Tab) -> None:
    _invite(admin)
    admin.page.get_by_label("Phone number").fill("12")
    _press(admin, "Save")
    expect(admin.page.get_by_text("Some fields do not fit; nothing was changed.")).to_be_visible()
    admin.picture("admin-user-refused")
    admin.complaints = [each for each in admin.complaints if "status of 400" not in each]
    admin.assert_kept_to_itself()


def test_a_secret_is_replaced_and_shown_once(admin: Tab) -> None:
    name = f"Orders {next(NUMBERS)}"
    admin.open(CLIENTS)
    _go(admin, "New client")
    admin.page.get_by_label("Name").fill(name)
    admin.page.get_by_label("Scopes").fill("users:read\nnotices:read")
    _press(admin, "Make the client")
    first = admin.page.locator("#secret").text_content()
    _go(admin, "I have it")
    admin.picture("admin-client")
    _go(admin, "Replace all secrets")
    admin.picture("admin-replace")
    _press(admin, "Replace all secrets")
    second = admin.page.locator("#secret").text_content() or ""
    assert re.fullmatch(r"authservice_secret_[\w-]{43}", second)
    assert second != first
    admin.picture("admin-secret")
    _go(admin, "I have it")
    expect(admin.page.get_by_text(second)).to_have_count(0)
    admin.open(CLIENTS)
    admin.picture("admin-clients")
    admin.assert_kept_to_itself()


def test_whoever_signs_out_is_out(admin: Tab) -> None:
    if admin.look.startswith("phone"):
        admin.page.get_by_role("button", name="Menu").click()
    admin.page.get_by_text(EMAIL).first.click()
    admin.picture("admin-menu")
    _press(admin, "Sign out")
    admin.page.wait_for_url("**/admin/login/")
    admin.page.goto(USERS)
    expect(admin.page.get_by_label("Password")).to_be_visible()
    admin.assert_kept_to_itself()


def test_an_empty_list_says_what_to_do(admin: Tab) -> None:
    admin.open(f"{USERS}?search=nobody@example.com")
    expect(admin.page.get_by_text("Nobody on this page")).to_be_visible()
    admin.open("/admin/auth/group/")
    expect(admin.page.get_by_text("No groups yet")).to_be_visible()
    admin.picture("admin-groups-empty")
    admin.assert_kept_to_itself()
