"""Passwords that are known to be stolen are refused, nobody learns which were asked about, and nothing waits for it."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import suppress
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import pytest
from prometheus_client import REGISTRY
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import breaches, passwords
from accounts.errors import InvalidInput
from accounts.models import MailKind, User
from accounts.services import mailing
from accounts.tests.support import codes
from accounts.tests.support.factories import PASSWORD, Bearer, SignIn
from accounts.tests.support.ports import free_port

STOLEN: Final = "seven kites over helsinki"
DIGEST: Final = sha1(STOLEN.encode()).hexdigest().upper()


class Ranges(ThreadingHTTPServer):
    """An API of the suite's own; `answer` says what it does."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.let_go = threading.Event()
        self.answer: Callable[[Asked], None] = lambda asked: asked.say(f"{'0' * 35}:3\r\n{DIGEST[5:]}:42\r\n")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/range"


class Asked(BaseHTTPRequestHandler):
    server: Ranges

    def do_GET(self) -> None:
        self.server.asked.append((self.path, {**self.headers}, b""))
        with suppress(OSError):
            self.server.answer(self)

    def say(self, text: str, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text.encode())

    def drip(self) -> None:
        """Within any timeout of a socket, and never done."""
        self.send_response(200)
        self.end_headers()
        while not self.server.let_go.wait(0.1):
            self.wfile.write(b"0")
            self.wfile.flush()

    def dawdle(self) -> None:
        """As `drip`, before it has said anything."""
        for _ in range(50):
            if self.server.let_go.wait(0.1):
                return
            self.wfile.write(b"H")
            self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def ranges(settings: Settings) -> Iterator[Ranges]:
    server = Ranges()
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    settings.AUTH_BREACHED_PASSWORD_URL = server.url
    yield server
    server.let_go.set()
    server.shutdown()
    serving.join()
    server.server_close()
    wait_for_askers()


def wait_for_askers() -> None:
    deadline = time.monotonic() + 10
    while breaches._waiting and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not breaches._waiting


def counted(outcome: str) -> float:
    return REGISTRY.get_sample_value("authservice_breach_checks_total", {"outcome": outcome}) or 0.0


def test_nobody_is_asked_unless_it_is_set(settings: Settings) -> None:
    assert settings.AUTH_BREACHED_PASSWORD_URL == ""
    passwords.check_rules(STOLEN)


def test_a_stolen_password_is_refused(ranges: Ranges) -> None:
    before = counted("found")
    with pytest.raises(InvalidInput) as refused:
        passwords.check_rules(STOLEN, field="new_password")
    assert [(error.field, error.code) for error in refused.value.errors] == [("new_password", "breached")]
    assert counted("found") == before + 1


def test_no_more_than_five_digits_of_the_digest_are_sent(ranges: Ranges) -> None:
    assert breaches.is_known(STOLEN)
    ((path, headers, _),) = ranges.asked
    assert path == f"/range/{DIGEST[:5]}"
    assert headers["Add-Padding"] == "true"
    assert {*headers} <= {"Add-Padding", "User-Agent", "Host", "Connection", "Accept-Encoding"}
    assert DIGEST[5:10] not in str(ranges.asked).upper()


@pytest.mark.parametrize(
    "text", ["", f"{'0' * 35}:9", f"{DIGEST[5:]}:0", f"{DIGEST[5:-1]}:7", f"{DIGEST}:7"]
)  # a count of 0 is padding
def test_what_is_not_in_the_answer_is_taken(ranges: Ranges, text: str) -> None:
    before = counted("not_found")
    ranges.answer = lambda asked: asked.say(text)
    passwords.check_rules(STOLEN)
    assert counted("not_found") == before + 1


def test_an_answer_reads_in_any_case_and_with_either_line_end(ranges: Ranges) -> None:
    ranges.answer = lambda asked: asked.say(f"{'0' * 35}:1\n{DIGEST[5:].lower()}:1\n")
    assert breaches.is_known(STOLEN)


@pytest.mark.parametrize(
    "trouble",
    ["refused", "hangs", "drips", "dawdles", "500", "429", "elsewhere", "html", "nonsense", "bytes", "closed"],
)
def test_it_fails_open_within_a_second_and_is_counted(ranges: Ranges, settings: Settings, trouble: str) -> None:
    other = f"{ranges.url}/other"
    ranges.answer = {
        "hangs": lambda asked: ranges.let_go.wait(30) and None,
        "drips": lambda asked: asked.drip(),
        "dawdles": lambda asked: asked.dawdle(),
        "500": lambda asked: asked.say("", 500),
        "429": lambda asked: asked.say("", 429),
        "elsewhere": lambda asked: asked.say("", 302, Location=other),
        "html": lambda asked: asked.say("<!DOCTYPE html>\n<title>Sign in to the network: 1</title>\n"),
        "nonsense": lambda asked: asked.say(f"{DIGEST[5:]}:many"),
        "bytes": lambda asked: asked.wfile.write(b"\xff\xfe\r\n\r\n"),
        "closed": lambda asked: None,
    }.get(trouble, ranges.answer)
    if trouble == "refused":
        settings.AUTH_BREACHED_PASSWORD_URL = f"http://127.0.0.1:{free_port()}/range"
    before, began = counted("failed"), time.monotonic()
    passwords.check_rules(STOLEN)
    assert time.monotonic() - began < breaches.SECONDS + 1
    assert counted("failed") == before + 1
    assert len(ranges.asked) == (trouble != "refused")


def test_while_all_askers_are_busy_nobody_waits_at_all(ranges: Ranges, monkeypatch: pytest.MonkeyPatch) -> None:
    before = counted("failed")
    with monkeypatch.context() as busy:
        busy.setattr(breaches, "_waiting", {Future() for _ in range(breaches.AT_ONCE)})
        assert not breaches.is_known(STOLEN)
        assert counted("failed") == before + 1
        busy.setattr(breaches, "_waiting", {Future() for _ in range(breaches.AT_ONCE - 1)})
        assert breaches.is_known(STOLEN)
    assert len(ranges.asked) == 1


def test_a_fork_asks_by_itself(ranges: Ranges) -> None:
    """Its parent's threads, and what those were about, stayed behind."""
    assert breaches.is_known(STOLEN)
    stuck: set[Future[bool]] = {Future() for _ in range(breaches.AT_ONCE)}
    breaches._waiting.update(stuck)
    if (pid := os.fork()) == 0:
        code = 1
        try:
            code = 42 if breaches.is_known(STOLEN) else 1
        finally:
            os._exit(code)
    breaches._waiting.difference_update(stuck)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 42


@pytest.mark.parametrize("answer", [Asked.drip, lambda asked: asked.say("0" * 2 * breaches.MAX_BYTES)])
def test_what_never_ends_is_left(ranges: Ranges, answer: Callable[[Asked], None]) -> None:
    ranges.answer = answer
    assert not breaches.is_known(STOLEN)
    wait_for_askers()


@pytest.mark.django_db(transaction=True)
def test_registration_change_and_reset_ask(
    ranges: Ranges, user: User, api: APIClient, sign_in: SignIn, bearer: Bearer
) -> None:
    mailing.enqueue(MailKind.RESET_PASSWORD, address=user.email)
    account = {"email": "new@example.com", "password": STOLEN}
    change = {"current_password": PASSWORD, "new_password": STOLEN}
    reset = {"token": codes.mailed(MailKind.RESET_PASSWORD), "new_password": STOLEN}
    answers = [
        api.post("/auth/register", account),
        bearer(sign_in(user).access).post("/auth/password/change", change),
        api.post("/auth/password/reset/confirm", reset),
    ]
    refused = [(answer.status_code, [error["code"] for error in answer.json()["errors"]]) for answer in answers]
    assert refused == [(400, ["breached"])] * 3
    ranges.answer = lambda asked: asked.say("")
    assert api.post("/auth/password/reset/confirm", reset).status_code == 204  # the code was left good
