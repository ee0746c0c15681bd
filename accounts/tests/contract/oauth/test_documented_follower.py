"""The Node of docs/integrating.md does what the page says of it: it decides by itself, and hears of what ends."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest

from accounts.models import Notice, NoticeType
from accounts.principals import Origin, System
from accounts.services import suspension
from accounts.tests.contract.oauth.conftest import make_client
from accounts.tests.contract.oauth.forgeries import FORGERIES
from accounts.tests.contract.oauth.libraries import Installed
from accounts.tests.races import people
from accounts.tests.support.children import leash
from accounts.tests.support.environment import CHECKOUT
from accounts.tests.support.factories import Tokens
from accounts.tests.support.forging import claims_of, header_of
from accounts.tests.support.processes import Server, Servers

pytestmark = [pytest.mark.clients, pytest.mark.processes, pytest.mark.timeout(900)]

PAGE: Final = (CHECKOUT / "docs/integrating.md").read_text(encoding="utf-8")
BLOCK: Final = re.compile(r"^```js\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CONVERSATION: Final = """
import { createInterface } from "node:readline";
if (process.argv[2] === "follow") follow();
for await (const token of createInterface({ input: process.stdin })) console.log(JSON.stringify(await verify(token)));
process.exit();
"""
BOUND_SECONDS: Final = 2.0
SETTLED_SECONDS: Final = 2.5
"""Beyond what is fresh, so that whoever still says “yes” without a call has read the log meanwhile."""

NO: Final = {"status": 401}
CANNOT_TELL: Final = {"status": 503}

Ask = Callable[[str], dict[str, Any]]


@contextmanager
def running(installed: Installed, fleet: Servers, issuer: Server, *arguments: str) -> Iterator[Ask]:
    """Asks the page's `verify`, in a process with credentials."""
    (block,) = BLOCK.findall(PAGE)
    assert "http://localhost:8000" in block
    script = Path(installed.node.directory) / "documented_follower.js"
    script.write_text(f"{block.replace('http://localhost:8000', issuer.url)}\n{CONVERSATION}", encoding="utf-8")
    client = make_client(fleet.database, scopes=["notices:read"])
    with subprocess.Popen(
        [*leash(signal.SIGKILL), str(installed.node.node), str(script), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=installed.node.directory,
        env=os.environ | {"CLIENT_ID": client.id, "CLIENT_SECRET": client.secret},
        text=True,
        bufsize=1,
        start_new_session=True,
    ) as process:
        stdin, stdout = process.stdin, process.stdout
        assert stdin is not None
        assert stdout is not None

        def ask(token: str) -> dict[str, Any]:
            stdin.write(f"{token}\n")
            said: dict[str, Any] = json.loads(stdout.readline())
            return said

        yield ask
        process.kill()


@pytest.fixture
def ask(installed: Installed, fleet: Servers, issuer: Server) -> Iterator[Ask]:
    """A follower that has caught up."""
    with running(installed, fleet, issuer, "follow") as asked:
        time.sleep(SETTLED_SECONDS)
        yield asked


def suspend(access: str) -> None:
    suspension.suspend(UUID(claims_of(access)["sub"]), reason="a trial", actor=System("test"), origin=Origin())


def reinstate(access: str) -> None:
    suspension.reinstate(UUID(claims_of(access)["sub"]), actor=System("test"), origin=Origin())


def sign_out(server: Server, access: str) -> None:
    with server.client() as client:
        assert client.post("/auth/logout", token=access).status == 204


def seconds_until_no(ask: Ask, access: str) -> float:
    """For how long it went on to say “yes”; AssertionError for anything else."""
    returned = last_yes = time.monotonic()
    while (said := ask(access)) != NO:
        assert said == {"claims": claims_of(access)}
        last_yes = time.monotonic()
        assert last_yes - returned < 3 * BOUND_SECONDS
        time.sleep(0.01)
    return last_yes - returned


def asked_about(issuer: Server) -> float:
    """How often the service has been asked about a token."""
    with issuer.client() as client:
        metrics = client.get("/metrics").body.decode()
    counts = re.findall(r'^authservice_http_requests_total\{.*"/?auth/verify".*\} (\S+)$', metrics, re.MULTILINE)
    return sum(map(float, counts))


def test_it_tells_yes_from_no(ask: Ask, fleet: Servers, tokens: Tokens) -> None:
    assert ask(tokens.access) == {"claims": claims_of(tokens.access)}
    with fleet.database.orm():
        bad = [forgery(tokens) for forgery in FORGERIES]
    assert [ask(token) for token in [*bad, "", "x"]] == [NO] * (len(bad) + 2)


def test_it_decides_by_itself(ask: Ask, issuer: Server, tokens: Tokens) -> None:
    people.verify(issuer, tokens.access)
    before = asked_about(issuer)
    assert before > 0
    for _ in range(20):
        assert ask(tokens.access) == {"claims": claims_of(tokens.access)}
    assert asked_about(issuer) == before


def test_a_suspension_is_heard_of_and_what_comes_after_it_too(ask: Ask, fleet: Servers, issuer: Server) -> None:
    email = people.register(issuer)
    before = people.sign_in(issuer, email).access
    assert ask(before) == {"claims": claims_of(before)}
    with fleet.database.orm():
        suspend(before)
        assert seconds_until_no(ask, before) <= BOUND_SECONDS
        reinstate(before)
    after = people.sign_in(issuer, email).access
    assert ask(after) == {"claims": claims_of(after)}  # at once: no notice may have come yet
    time.sleep(SETTLED_SECONDS)
    assert ask(after) == {"claims": claims_of(after)}
    assert ask(before) == NO


def test_a_sign_out_is_heard_of_and_another_session_goes_on(ask: Ask, issuer: Server, email: str) -> None:
    one, other = (people.sign_in(issuer, email).access for _ in range(2))
    assert ask(one) == {"claims": claims_of(one)}
    sign_out(issuer, one)
    assert seconds_until_no(ask, one) <= BOUND_SECONDS
    assert ask(other) == {"claims": claims_of(other)}


def test_before_it_has_read_anything_it_asks(installed: Installed, fleet: Servers, issuer: Server, email: str) -> None:
    one, other = (people.sign_in(issuer, email).access for _ in range(2))
    sign_out(issuer, one)
    with running(installed, fleet, issuer) as ask:
        assert [ask(one), ask(other)] == [NO, {"claims": claims_of(other)}]


def test_in_an_outage_it_decides_for_ten_seconds_and_can_not_tell_then(installed: Installed, fleet: Servers) -> None:
    (own,) = fleet.start(is_issuer=True)
    email = people.register(own)
    ended, good = (people.sign_in(own, email).access for _ in range(2))
    with running(installed, fleet, own, "follow") as ask:
        time.sleep(SETTLED_SECONDS)
        sign_out(own, ended)
        time.sleep(SETTLED_SECONDS)
        own.stop()
        assert [ask(good), ask(ended)] == [{"claims": claims_of(good)}, NO]
        time.sleep(5)
        assert [ask(good), ask(ended)] == [{"claims": claims_of(good)}, NO]
        time.sleep(6)
        assert [ask(good), ask(ended)] == [CANNOT_TELL, CANNOT_TELL]
        own.start()
        time.sleep(SETTLED_SECONDS)
        assert [ask(good), ask(ended)] == [{"claims": claims_of(good)}, NO]


def test_a_withdrawn_key_is_believed_no_more(installed: Installed, servers: Servers) -> None:
    (own,) = servers.start(is_issuer=True)
    token = people.sign_in(own, people.register(own)).access
    with running(installed, servers, own, "follow") as ask:
        time.sleep(SETTLED_SECONDS)
        assert ask(token) == {"claims": claims_of(token)}
        servers.database.manage("rotate_signing_key", "--compromised", header_of(token)["kid"])
        assert seconds_until_no(ask, token) <= BOUND_SECONDS


def test_after_410_it_begins_anew(installed: Installed, servers: Servers) -> None:
    (own,) = servers.start(is_issuer=True)
    email = people.register(own)
    other, token = (people.sign_in(own, email).access for _ in range(2))
    sign_out(own, other)
    with running(installed, servers, own, "follow") as ask:
        time.sleep(SETTLED_SECONDS)
        with servers.database.orm():
            assert Notice.objects.all().delete()[0] > 0
        time.sleep(2 * SETTLED_SECONDS)
        before = asked_about(own)
        assert ask(token) == {"claims": claims_of(token)}
        assert asked_about(own) == before
        sign_out(own, token)
        assert seconds_until_no(ask, token) <= BOUND_SECONDS


def test_every_notice_has_its_line() -> None:
    table = re.findall(r"^ *\| (`[^|]+`) \|", PAGE, re.MULTILINE)
    assert {name for cell in table for name in re.findall(r"`([a-z]+\.[a-z]+)`", cell)} == set(NoticeType)
