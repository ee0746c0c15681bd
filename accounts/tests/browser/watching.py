"""One tab, and what it did behind the reader's back: requests to other hosts, words on the console."""

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Response

from accounts.tests.support.environment import CHECKOUT

PICTURES: Final = CHECKOUT / "var" / "browser"
_OWN_SCHEMES: Final = ("data", "blob")


class Tab:
    """A page of Playwright's in one look; it notes what none of our pages may do."""

    def __init__(self, page: Page, *, look: str, origin: str) -> None:
        self.page = page
        self.look = look
        self.foreign: list[str] = []
        """Addresses of other hosts that were asked for."""
        self.complaints: list[str] = []
        """Errors on the console, and exceptions that nobody caught."""
        self._host = urlsplit(origin).netloc
        page.on("request", self._note_request)
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))

    def _note_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in _OWN_SCHEMES and parts.netloc != self._host:
            self.foreign.append(request.url)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location.get('url', '')})")

    def open(self, path: str) -> None:
        """Return when the page and what it fetches have come; AssertionError unless it is a 200."""
        answer = self.page.goto(path, wait_until="networkidle")
        assert answer is not None
        assert answer.status == 200

    def picture(self, name: str) -> None:
        """The whole page as this look shows it, under var/browser/."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self._path(name), full_page=True, animations="disabled")

    def _path(self, name: str) -> Path:
        return PICTURES / f"{name}-{self.look}.png"

    def assert_kept_to_itself(self) -> None:
        """No request to another host, no error on the console, nothing wider than the screen."""
        assert not self.foreign, f"asked of other hosts: {self.foreign}"
        assert not self.complaints, f"on the console: {self.complaints}"
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{wide} pixels wider than the screen"

    def answer_to(self, path: str, button: Locator) -> Response:
        """What the service answered on this path to a click."""
        with self.page.expect_response(lambda response: urlsplit(response.url).path == path) as expected:
            button.click()
        return expected.value
