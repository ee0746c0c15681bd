"""A server under a name of its own, Debian's Chromium, and a tab in each look."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from accounts.tests.browser.watching import Tab
from accounts.tests.support.databases import Databases
from accounts.tests.support.processes import Servers

CHROMIUM: Final = Path("/usr/bin/chromium")
HOST: Final = "auth.test"
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP *.test 127.0.0.1",
)
PHONE: Final = ViewportSize(width=390, height=844)
DESKTOP: Final = ViewportSize(width=1280, height=900)


@dataclass(frozen=True, slots=True)
class Look:
    viewport: ViewportSize
    colours: Literal["light", "dark"]


LOOKS: Final[dict[str, Look]] = {
    "phone-light": Look(PHONE, "light"),
    "phone-dark": Look(PHONE, "dark"),
    "desktop-light": Look(DESKTOP, "light"),
    "desktop-dark": Look(DESKTOP, "dark"),
}


@pytest.fixture(scope="session")
def origin(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`http://auth.test:…`, served in embedded mode as `make run` does."""
    database = databases.create()
    servers = Servers(database, tmp_path_factory.mktemp("browser"))
    env = {"ALLOWED_HOSTS": f"{HOST},127.0.0.1", "GRAPHIQL": "on", "AUTH_LOGIN_LIMITS": ""}
    database.manage("seed_demo", env=env)
    (server,) = servers.start(env=env)
    yield f"http://{HOST}:{server.port}"
    servers.stop()
    databases.drop(database)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not os.access(CHROMIUM, os.X_OK):
        pytest.exit(f"There is no {CHROMIUM}; install the package chromium.", returncode=1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(params=LOOKS)
def tab(request: pytest.FixtureRequest, chromium: Browser, origin: str) -> Iterator[Tab]:
    """A tab without a past."""
    look = LOOKS[request.param]
    context = chromium.new_context(
        base_url=origin,
        viewport=look.viewport,
        color_scheme=look.colours,
        is_mobile=look.viewport == PHONE,
        has_touch=look.viewport == PHONE,
    )
    context.set_default_timeout(15_000)
    yield Tab(context.new_page(), look=request.param, origin=origin)
    context.close()
