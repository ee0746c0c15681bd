"""Cookie mode in Chromium, over https and over http: a page of ours is let do everything, one of others nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response

from accounts.tests.browser.conftest import HOST
from accounts.tests.browser.fronts import Front, make_certificate
from accounts.tests.support.databases import Databases
from accounts.tests.support.processes import Servers

pytestmark = [pytest.mark.browser, pytest.mark.processes]

PASSWORD: Final = "river-lantern-copper-moss-47"
PAGE: Final = "/problems/csrf_failed"
ASK: Final = """async ([method, path, body, headers]) => {
    const answer = await fetch(path, {method, headers: {"Content-Type": "application/json", ...headers},
                                      body: body === null ? undefined : JSON.stringify(body)});
    const text = await answer.text();
    return [answer.status, text ? JSON.parse(text) : null];
}"""
COOKIES: Final = {"https": ("__Host-access", "__Secure-refresh"), "http": ("access", "refresh")}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the service is reached, and where others are, on the same port."""

    scheme: str
    port: int

    def at(self, host: str) -> str:
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def origin(self) -> str:
        return self.at(HOST)


@pytest.fixture(scope="module", params=COOKIES)
def place(
    request: pytest.FixtureRequest, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    directory = tmp_path_factory.mktemp("cookie-mode")
    front = Front(make_certificate(directory / "certificate.pem", HOST) if request.param == "https" else None)
    place = Place(request.param, front.port)
    database = databases.create()
    servers = Servers(database, directory)
    env = {"AUTH_ISSUER": place.origin, "ALLOWED_HOSTS": ".test,127.0.0.1", "AUTH_LOGIN_LIMITS": ""}
    (server,) = servers.start(env=env)
    front.target = server.port
    yield place
    front.close()
    servers.stop()
    databases.drop(database)


@pytest.fixture
def context(chromium: Browser, place: Place) -> Iterator[BrowserContext]:
    """Without a past."""
    context = new_context(chromium, place)
    yield context
    context.close()


def new_context(chromium: Browser, place: Place) -> BrowserContext:
    """Without the policies of our own pages, which stand in for those of an application, and of others."""
    context = chromium.new_context(base_url=place.origin, ignore_https_errors=True, bypass_csp=True)
    context.set_default_timeout(15_000)
    return context


def put_back(context: BrowserContext, cookies: Any) -> None:
    """What `context.cookies()` said."""
    context.add_cookies(cookies)


class App:
    """A page of ours: what it asks for goes with the cookies, and with the CSRF token that it knows."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.page.goto(PAGE)
        self.csrf_token = ""
        self.email = f"{uuid4().hex}@example.com"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        status, answer = self.page.evaluate(ASK, [method, path, body, headers])
        return status, answer

    def act(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return self.ask(method, path, body, **{"X-CSRF-Token": self.csrf_token})

    def sign_in(self) -> Any:
        account = {"email": self.email, "password": PASSWORD}
        assert self.ask("POST", "/auth/register", account)[0] == 201
        status, answer = self.ask("POST", "/auth/login", account, **{"X-Auth-Transport": "cookie"})
        assert status == 200
        self.csrf_token = answer["csrf_token"]
        return answer

    def state(self) -> tuple[int, Any, Any]:
        """Who is signed in, as what, and the ids of their sessions."""
        status, user = self.ask("GET", "/auth/user")
        _, sessions = self.ask("GET", "/auth/sessions")
        return status, user, sorted(row["id"] for row in sessions.get("results", []))


@pytest.fixture
def app(context: BrowserContext) -> App:
    return App(context)


def test_a_visit_from_sign_in_to_sign_out(place: Place, context: BrowserContext, app: App) -> None:
    answer = app.sign_in()
    assert {"access", "refresh"}.isdisjoint(answer)
    assert app.page.evaluate("document.cookie") == ""
    access, refresh = COOKIES[place.scheme]
    kept = {c["name"]: (c["path"], c["domain"], c["httpOnly"], c["secure"], c["sameSite"]) for c in context.cookies()}
    is_secure = place.scheme == "https"
    assert kept == {access: ("/", HOST, True, is_secure, "Lax"), refresh: ("/auth", HOST, True, is_secure, "Lax")}
    app.page.reload()
    assert app.ask("GET", "/auth/user")[1]["email"] == app.email
    app.csrf_token = app.ask("GET", "/auth/csrf")[1]["csrf_token"]
    assert app.csrf_token == answer["csrf_token"]
    status, problem = app.ask("PATCH", "/auth/user", {"first_name": "Ada"})
    assert (status, problem["code"]) == (403, "csrf_failed")
    assert app.act("PATCH", "/auth/user", {"first_name": "Ada"})[1]["first_name"] == "Ada"
    before = {c["name"]: c["value"] for c in context.cookies()}
    assert app.act("POST", "/auth/refresh")[0] == 200
    after = {c["name"]: c["value"] for c in context.cookies()}
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values())
    assert app.act("POST", "/graphql", {"query": "{ me { firstName } }"})[1] == {"data": {"me": {"firstName": "Ada"}}}
    assert app.act("POST", "/auth/logout")[0] == 204
    assert context.cookies() == []
    assert app.ask("GET", "/auth/user")[0] == 401
    assert app.act("POST", "/auth/logout")[0] == 204


FORM: Final = """([action, enctype, name, value]) => {
    const form = document.createElement("form");
    Object.assign(form, {action, enctype, method: "post"});
    if (name) form.append(Object.assign(document.createElement("input"), {name, value}));
    document.body.append(form);
    form.submit();
}"""
FETCH: Final = """async ([url, options]) => {
    try { return (await fetch(url, {credentials: "include", ...options})).type } catch (error) { return error.name }
}"""
ENCODINGS: Final = ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data")
TARGETS: Final = ("/auth/logout", "/auth/refresh", "/auth/user/delete", "/auth/password/change", "/graphql")
QUERY: Final = '{"query": "mutation { updateMe(input: {firstName: \\"Mallory\\"}) { user { id } } }", "x": "'


class Evil:
    """A page of somebody else's in the same browser."""

    def __init__(self, context: BrowserContext, origin: str, target: str) -> None:
        self.page = context.new_page()
        self._page_url, self._target = f"{origin}{PAGE}", target
        self.page.goto(self._page_url)

    def submit(self, path: str, enctype: str, name: str = "", value: str = "") -> Response:
        """A form, to the place of the service; what is answered."""
        with self.page.expect_navigation(url=self._target + path) as expected:
            self.page.evaluate(FORM, [self._target + path, enctype, name, value])
        self.page.goto(self._page_url)
        return expected.value

    def fetch(self, path: str, **options: Any) -> str:
        """The kind of answer that the page gets to see, or the name of its error."""
        return str(self.page.evaluate(FETCH, [self._target + path, options]))

    def send_blindly(self, path: str, **options: Any) -> Response:
        """By fetch without CORS, which gets through and sees nothing."""
        with self.page.expect_response(self._target + path) as expected:
            self.fetch(path, mode="no-cors", **options)
        return expected.value


@pytest.fixture(params=["evil.test", f"evil.{HOST}"])
def evil(request: pytest.FixtureRequest, context: BrowserContext, place: Place, app: App) -> Evil:
    """Of another site, or of a sub-domain, whose requests go with the cookies; `app` is signed in beside it."""
    app.sign_in()
    return Evil(context, place.at(request.param), place.origin)


def test_forms_of_another_page_change_nothing(evil: Evil, app: App) -> None:
    before = app.state()
    for path in TARGETS:
        for enctype in ENCODINGS:
            assert evil.submit(path, enctype, QUERY, '"}').status in {400, 401, 403, 415}
            assert evil.submit(path, enctype).status in {400, 401, 403, 415}
    assert app.state() == before
    assert before[0] == 200


def test_scripts_of_another_page_change_nothing(evil: Evil, app: App) -> None:
    before = app.state()
    guess = {"Content-Type": "application/json", "X-CSRF-Token": app.csrf_token, "X-Auth-Transport": "cookie"}
    for path in TARGETS:
        for method in ("POST", "PATCH", "DELETE"):
            assert evil.fetch(path, method=method, headers=guess, body="{}") == "TypeError"
        for content_type in ENCODINGS:
            headers = {"Content-Type": content_type}
            assert evil.send_blindly(path, method="POST", headers=headers, body=f'{QUERY}"}}').status >= 400
        assert evil.send_blindly(path, method="POST").status >= 400
    assert app.state() == before


@pytest.mark.parametrize(("host", "status"), [("evil.test", 401), (f"evil.{HOST}", 403)])
def test_a_sub_domains_requests_do_go_with_the_cookies(
    place: Place, context: BrowserContext, app: App, host: str, status: int
) -> None:
    """SameSite keeps them from another site alone; from a sub-domain they come, and the request is refused."""
    app.sign_in()
    assert Evil(context, place.at(host), place.origin).send_blindly("/auth/logout", method="POST").status == status


def test_another_page_reads_nothing(evil: Evil) -> None:
    for path in ("/auth/csrf", "/auth/user", "/auth/sessions", "/graphql?query={me{email}}"):
        assert evil.fetch(path) == "TypeError"


def test_another_page_signs_nobody_in(evil: Evil, app: App, context: BrowserContext) -> None:
    before = context.cookies()
    body = f'{{"email": "{app.email}", "password": "{PASSWORD}", "x": "'
    for enctype in ENCODINGS:
        assert evil.submit("/auth/login", enctype, body, '"}').status == 415
    headers = {"Content-Type": "application/json", "X-Auth-Transport": "cookie"}
    assert evil.fetch("/auth/login", method="POST", headers=headers, body=f'{body}"}}') == "TypeError"
    assert context.cookies() == before


@pytest.fixture
def attacker(chromium: Browser, place: Place) -> Iterator[App]:
    """Somebody who is signed in as well, in a browser of their own."""
    elsewhere = new_context(chromium, place)
    attacker = App(elsewhere)
    attacker.sign_in()
    yield attacker
    elsewhere.close()


def plant(evil: Evil, place: Place, attacker: App, *, before_name: str = "") -> None:
    """By a script on a sub-domain: the attacker's own cookies, for the whole domain."""
    secure = "; Secure" if place.scheme == "https" else ""
    for cookie in attacker.page.context.cookies():
        text = f"{before_name}{cookie['name']}={cookie['value']}; Domain={HOST}; Path={cookie['path']}{secure}"
        evil.page.evaluate("text => { document.cookie = text }", text)


def test_cookies_that_a_sub_domain_plants_renew_nothing(
    place: Place, context: BrowserContext, app: App, attacker: App
) -> None:
    """Over https the browser keeps `__Host-access` from it. Over http nothing does, and two are refused."""
    app.sign_in()
    before, theirs = app.state(), attacker.state()
    evil = Evil(context, place.at(f"evil.{HOST}"), place.origin)
    plant(evil, place, attacker)
    plant(evil, place, attacker, before_name="=")
    found = sorted(cookie["name"] for cookie in context.cookies(f"{place.origin}/auth"))
    access, refresh = COOKIES[place.scheme]
    is_https = place.scheme == "https"
    assert found == sorted([access] * (1 if is_https else 2) + [refresh] * 2)
    for method, path in (("GET", "/auth/csrf"), ("POST", "/auth/refresh")):
        status, problem = app.act(method, path)
        assert (status, problem["code"]) == (401, "invalid_refresh_token" if is_https else "token_invalid")
    assert app.ask("GET", "/auth/user")[0] == (200 if is_https else 401)
    context.clear_cookies(domain=f".{HOST}")
    assert (app.state(), attacker.state()) == (before, theirs)


def test_a_planted_cookie_keeps_nobody_in(place: Place, context: BrowserContext, app: App, attacker: App) -> None:
    """Over http, where it can be of either kind, the answer is no, no session ends, and its own cookies go."""
    app.sign_in()
    theirs, own = attacker.state(), context.cookies()
    plant(Evil(context, place.at(f"evil.{HOST}"), place.origin), place, attacker)
    is_https = place.scheme == "https"
    assert app.act("POST", "/auth/logout")[0] == (204 if is_https else 401)
    context.clear_cookies(domain=f".{HOST}")
    assert context.cookies() == []
    put_back(context, own)
    assert app.ask("GET", "/auth/user")[0] == (401 if is_https else 200)
    assert attacker.state() == theirs


def test_a_disguised_cookie_is_nobodys(place: Place, context: BrowserContext, app: App, attacker: App) -> None:
    """A browser takes the name for another one. So do we, or the server leaves the whole header out."""
    evil = Evil(context, place.at(f"evil.{HOST}"), place.origin)
    for disguise in ("\u2000", "\u0085", "\u00a0", "\u3000"):
        plant(evil, place, attacker, before_name=disguise)
        assert context.cookies()
        assert app.ask("GET", "/auth/user")[0] == 401
        assert app.act("GET", "/auth/csrf")[0] == 401
        context.clear_cookies()


def test_one_letter_beyond_ascii_in_any_cookie_is_told_and_ends_nothing_by_mistake(
    context: BrowserContext, app: App
) -> None:
    """A script of our own pages sets it; the server leaves the whole header out, ours included."""
    app.sign_in()
    app.page.evaluate("document.cookie = 'name=J\u00fcrgen; Path=/'")
    for method, path in (("GET", "/auth/user"), ("GET", "/auth/csrf"), ("POST", "/auth/refresh")):
        status, problem = app.act(method, path)
        assert (status, problem["code"]) == (401, "token_invalid")
        assert "beyond ASCII" in problem["detail"]
    kept = context.cookies()
    status, problem = app.act("POST", "/auth/logout")
    assert (status, problem["code"]) == (401, "token_invalid")
    assert {cookie["name"] for cookie in context.cookies()} == {"name"}
    context.clear_cookies(name="name")
    put_back(context, [cookie for cookie in kept if cookie["name"] != "name"])
    assert app.ask("GET", "/auth/user")[0] == 200  # told so, and so it is: the session goes on
    assert app.act("POST", "/auth/logout")[0] == 204


WEBSOCKET: Final = "url => new Promise(done => { const s = new WebSocket(url); s.onerror = s.onopen = () => done() })"


@pytest.mark.parametrize(("host", "status"), [("", 200), (f"evil.{HOST}", 403)])
def test_a_web_socket_is_opened_by_our_own_pages_alone(
    place: Place, context: BrowserContext, app: App, host: str, status: int
) -> None:
    """A browser sends the cookies along, and asks no permission. 200 is the door's yes; it is no WebSocket server."""
    app.sign_in()
    page = Evil(context, place.at(host), place.origin).page if host else app.page
    answers: list[int] = []
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.webSocketHandshakeResponseReceived", lambda event: answers.append(event["response"]["status"]))
    session.on("Network.webSocketFrameError", lambda event: answers.append(_status_in(event["errorMessage"])))
    page.evaluate(WEBSOCKET, f"{place.origin.replace('http', 'ws', 1)}/auth/forward/feed")
    page.wait_for_timeout(300)
    assert status in answers


def _status_in(message: str) -> int:
    """`Error during WebSocket handshake: Unexpected response code: 403`"""
    return int(found[1]) if (found := re.search(r"response code: (\d+)", message)) else 0


def test_a_second_sign_in_ends_the_first_session(app: App) -> None:
    app.sign_in()
    (before,) = app.state()[2]
    account = {"email": app.email, "password": PASSWORD}
    assert app.ask("POST", "/auth/login", account, **{"X-Auth-Transport": "cookie"})[0] == 200
    (after,) = app.state()[2]
    assert after != before
