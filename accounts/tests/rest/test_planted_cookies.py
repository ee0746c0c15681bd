"""Cookies that somebody else put into the browser: a sub-domain can set `__Secure-refresh`, but not `__Host-access`."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Final
from uuid import UUID

import pytest
from django.db.models import F
from pytest_django import Settings

from accounts.models import Session, SigningKey, User
from accounts.models.signing_keys import KeyPurpose
from accounts.tests.rest.test_cookie_mode import expire
from accounts.tests.support import memory, service_clients
from accounts.tests.support.browsers import Browser, code_of, everything
from accounts.tests.support.factories import MakeUser
from accounts.tests.support.forging import claims_of, part, resigned

pytestmark = pytest.mark.django_db

ACCESS: Final = "__Host-access"
REFRESH: Final = "__Secure-refresh"
BY_BOTH: Final = [("GET", "/auth/csrf"), ("POST", "/auth/refresh"), ("POST", "/auth/logout")]
BY_ACCESS: Final = [
    ("GET", "/auth/user"), ("PATCH", "/auth/user"), ("GET", f"/users/{UUID(int=1)}"), ("GET", "/auth/sessions"),
    ("GET", "/auth/forward"), ("POST", "/auth/forward"),
]  # fmt: skip


@pytest.fixture(autouse=True)
def _https(settings: Settings) -> None:
    settings.AUTH_ISSUER = "https://auth.example.com"


@pytest.fixture
def victim(user: User) -> Browser:
    return Browser.of(user)


@pytest.fixture
def attacker(make_user: MakeUser) -> Browser:
    return Browser.of(make_user())


def jar(*pairs: tuple[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in pairs)


def refused(browser: Browser, cookies: str, *, but: str = "") -> Iterator[tuple[str, str]]:
    """Path and code of each door that reads the pair, with what the page knows; AssertionError if anything changed. The
    cookies are left where they are, but by logout.
    """
    before = everything()
    for method, path in BY_BOTH:
        if path != but:
            answer = deepcopy(browser).act(method, path, HTTP_COOKIE=cookies)
            assert answer.status_code == 401
            assert len(answer.cookies) == (2 if path == "/auth/logout" else 0)
            assert everything() == before
            yield path, code_of(answer)


def test_a_refresh_cookie_that_comes_twice_renews_nothing(victim: Browser, attacker: Browser) -> None:
    own, planted = victim.value("refresh"), attacker.value("refresh")
    for values in ((own, planted), (planted, own), (own, own), (own, ""), ("", own)):
        cookies = jar((ACCESS, victim.value("access")), *[(REFRESH, value) for value in values])
        assert set(refused(victim, cookies, but="/auth/logout")) == {
            ("/auth/csrf", "invalid_refresh_token"),
            ("/auth/refresh", "invalid_refresh_token"),
        }


def test_a_planted_refresh_cookie_alone_renews_nothing_and_ends_nothing(victim: Browser, attacker: Browser) -> None:
    """Also an old one, which would end its session as theft anywhere else."""
    fresh = attacker.value("refresh")
    Session.objects.update(generation=F("generation") + 3)
    used = resigned(fresh, claims={"iat": claims_of(fresh)["iat"] - 600})
    for planted in (fresh, used):
        cookies = jar((ACCESS, victim.value("access")), (REFRESH, planted))
        assert {code for _, code in refused(victim, cookies, but="/auth/logout")} == {"invalid_refresh_token"}
    assert Session.objects.open().count() == 2


def test_the_csrf_token_of_a_planted_session_is_not_told(victim: Browser, attacker: Browser) -> None:
    """Whoever knows it could write to the attacker's session in the victim's name, or have the victim do so."""
    for access in (victim.value("access"), ""):
        cookies = jar((REFRESH, attacker.value("refresh")), *([(ACCESS, access)] if access else []))
        assert attacker.csrf_token not in victim.send("GET", "/auth/csrf", HTTP_COOKIE=cookies).content.decode()


@pytest.mark.parametrize("is_expired", [False, True])
def test_a_planted_refresh_cookie_keeps_nobody_in(victim: Browser, attacker: Browser, is_expired: bool) -> None:
    """The access cookie says by itself whose session is to end, as long as its key is known."""
    if is_expired:
        expire(victim)
    planted = attacker.value("refresh")
    cookies = jar((ACCESS, victim.value("access")), (REFRESH, planted), (REFRESH, victim.value("refresh")))
    assert victim.act("POST", "/auth/logout", HTTP_COOKIE=cookies).status_code == 204
    assert attacker.send("GET", "/auth/user").status_code == 200
    assert Session.objects.open().get().pk == UUID(claims_of(attacker.value("access"))["sid"])


def test_what_signed_the_access_cookie_being_gone_the_planted_one_ends_nothing(
    victim: Browser, attacker: Browser
) -> None:
    SigningKey.objects.filter(purpose=KeyPurpose.ACCESS).delete()
    memory.forget()
    for planted in ([attacker.value("refresh")], [attacker.value("refresh"), victim.value("refresh")]):
        cookies = jar((ACCESS, victim.value("access")), *[(REFRESH, each) for each in planted])
        assert {code for _, code in refused(victim, cookies)} == {"invalid_refresh_token"}


def test_the_access_cookie_of_somebody_else_does_nothing_for_this_page(victim: Browser, attacker: Browser) -> None:
    foreign = attacker.value("access")
    for refresh, code in (
        (victim.value("refresh"), "invalid_refresh_token"),
        (attacker.value("refresh"), "csrf_failed"),
    ):
        cookies = jar((ACCESS, foreign), (REFRESH, refresh))
        before = everything()
        for method, path in (("PATCH", "/auth/user"), ("POST", "/auth/logout"), ("POST", "/auth/user/delete")):
            assert code_of(victim.act(method, path, {}, HTTP_COOKIE=cookies)) == "csrf_failed"
        assert code_of(victim.act("POST", "/auth/refresh", HTTP_COOKIE=cookies)) == code
        assert everything() == before


def test_an_access_cookie_that_comes_twice_is_refused_everywhere(victim: Browser, attacker: Browser) -> None:
    own, planted = victim.value("access"), attacker.value("access")
    before = everything()
    for values in ((own, planted), (planted, own), (own, own), (own, "")):
        cookies = jar(*[(ACCESS, value) for value in values], (REFRESH, victim.value("refresh")))
        for method, path in BY_BOTH + BY_ACCESS:
            answer = deepcopy(victim).act(method, path, HTTP_COOKIE=cookies)
            assert (answer.status_code, code_of(answer)) == (401, "token_invalid")
            assert len(answer.cookies) == (2 if path == "/auth/logout" else 0)
        ask = {"query": "{ me { id } }"}
        (error,) = victim.act("POST", "/graphql", ask, HTTP_COOKIE=cookies).json()["errors"]
        assert error["extensions"]["code"] == "token_invalid"
    assert everything() == before


DISGUISES: Final = [
    "access",
    "__Secure-access",
    "__host-access",
    "\xa0__Host-access",
    "\x85__Host-access",
    "__Host-access\xa0",
]


@pytest.mark.parametrize("name", DISGUISES)
def test_what_a_browser_lets_a_sub_domain_set_is_not_taken_for_ours(
    victim: Browser, attacker: Browser, name: str
) -> None:
    cookies = jar((name, attacker.value("access")), ("refresh", attacker.value("refresh")))
    assert code_of(victim.send("GET", "/auth/user", HTTP_COOKIE=cookies)) == "not_authenticated"
    beside = f"{cookies}; {victim.header_for('/auth')}"
    assert victim.send("GET", "/auth/csrf", HTTP_COOKIE=beside).json() == {"csrf_token": victim.csrf_token}
    assert victim.act("PATCH", "/auth/user", {"first_name": "Ada"}, HTTP_COOKIE=beside).status_code == 200


Fake = Callable[[Browser], str]


def unsigned(browser: Browser) -> str:
    return f"{browser.value('access').rpartition('.')[0]}.{part(b'nothing')}"


def of_a_service(_: Browser) -> str:
    return service_clients.token_of(service_clients.make("users:admin"))


def refresh_token(browser: Browser) -> str:
    return browser.value("refresh")


def nothing(_: Browser) -> str:
    return ""


@pytest.mark.parametrize(
    ("fake", "code"),
    [(unsigned, "token_invalid"), (of_a_service, "token_invalid"), (refresh_token, "wrong_token_type"),
     (nothing, "token_invalid")],
)  # fmt: skip
def test_what_is_no_token_of_a_person_opens_nothing_in_a_cookie(victim: Browser, fake: Fake, code: str) -> None:
    cookies = jar((ACCESS, fake(victim)))
    before = everything()
    for method, path in BY_ACCESS:
        assert code_of(victim.act(method, path, {}, HTTP_COOKIE=cookies)) == code
    both = f"{cookies}; {jar((REFRESH, victim.value('refresh')))}"
    if fake is not unsigned:  # that one does name the session, and all else is proven by the refresh cookie
        assert {path for path, _ in refused(victim, both)} == {"/auth/csrf", "/auth/refresh", "/auth/logout"}
    assert everything() == before


def test_an_access_cookie_that_nobody_signed_proves_nothing_of_a_refresh_cookie(
    victim: Browser, attacker: Browser
) -> None:
    """It names the victim's session, as anybody could have it do; the planted one is not of that."""
    cookies = jar((ACCESS, unsigned(victim)), (REFRESH, attacker.value("refresh")))
    assert {code for _, code in refused(victim, cookies)} == {"invalid_refresh_token"}
    forged = f"{victim.value('refresh').rpartition('.')[0]}.{part(b'nothing')}"
    cookies = jar((ACCESS, unsigned(victim)), (REFRESH, forged))
    assert {code for _, code in refused(victim, cookies)} == {"invalid_refresh_token"}
