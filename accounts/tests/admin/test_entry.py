"""Rules of the way into the admin: the one sign-in of the house, and a session that anybody can end from elsewhere."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync
from django.contrib import auth
from django.core import signing
from django.db import OperationalError
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone
from pytest_django import Settings

from accounts import hashing
from accounts.admin import cookie
from accounts.errors import TemporarilyUnavailable
from accounts.models import AuditEvent, Session, User
from accounts.principals import Origin, System
from accounts.services import admin_entry, expiry, suspension
from accounts.tests.admin.conftest import LOGIN, enter
from accounts.tests.support.factories import PASSWORD, Bearer, MakeUser, SignIn
from accounts.tokens import standing

HOME: Final = "/admin/"
OUT: Final = "/admin/login/?next=/admin/"


def sign_in_with(email: str, password: str = PASSWORD, **more: Any) -> Any:
    return Client().post(LOGIN, {"email": email, "password": password, **more})


def is_in(client: Client) -> bool:
    standing.forget()
    answer = client.get(HOME)
    assert answer.status_code in {200, 302}
    assert answer.status_code == 200 or answer["Location"] == OUT
    return answer.status_code == 200


def assert_refused(answer: Any, status: int, words: str) -> None:
    """With a page that says so, and nothing that lets anybody in."""
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert not answer.cookies.get("admin")
    assert answer["Cache-Control"] == "no-store"


def test_a_member_of_staff_comes_in(admin: Client) -> None:
    assert is_in(admin)


def test_nobody_is_sent_to_the_login(client: Client) -> None:
    assert not is_in(client)


def test_a_wrong_password_is_a_plain_no(root: User) -> None:
    assert_refused(sign_in_with(root.email, "wrong-lantern-copper-moss"), 401, "No account matches")


@pytest.mark.django_db
def test_an_unknown_address_is_a_plain_no() -> None:
    assert_refused(sign_in_with("nobody@example.com"), 401, "No account matches")


def test_what_was_typed_stays_but_for_the_password(root: User) -> None:
    page = sign_in_with(root.email, "wrong-lantern-copper-moss").content.decode()
    assert root.email in page
    assert "wrong-lantern" not in page


def test_whoever_is_no_staff_is_refused_after_the_right_password(user: User) -> None:
    assert_refused(sign_in_with(user.email), 403, "members of staff")
    assert not Session.objects.open().filter(user=user).exists()
    assert AuditEvent.objects.filter(type="sign_in", subject=user.pk).exists()


def test_whoever_is_no_staff_learns_it_by_the_right_password_alone(user: User) -> None:
    assert_refused(sign_in_with(user.email, "wrong-lantern-copper-moss"), 401, "No account matches")


def test_whoever_is_suspended_is_refused(make_user: MakeUser) -> None:
    clerk = make_user(is_staff=True, is_active=False)
    assert_refused(sign_in_with(clerk.email), 403, "may not sign in at present")


def test_whoever_has_not_verified_their_address_is_refused(make_user: MakeUser, settings: Settings) -> None:
    settings.AUTH_EMAIL_VERIFICATION = "required"
    clerk = make_user(is_staff=True, last_login=timezone.now())
    assert_refused(sign_in_with(clerk.email), 403, "follow the link in the mail")


def test_too_many_attempts_say_when_to_come_again(root: User, settings: Settings) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=2/15m,address=100/15m"
    for _ in range(2):
        sign_in_with(root.email, "wrong-lantern-copper-moss")
    answer = sign_in_with(root.email)
    assert_refused(answer, 429, "Too many attempts")
    assert int(answer["Retry-After"]) > 0


def test_failures_here_and_at_the_api_are_counted_together(root: User, settings: Settings) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=2/15m,address=100/15m"
    for _ in range(2):
        Client().post(
            "/auth/login", {"email": root.email, "password": "wrong-lantern"}, content_type="application/json"
        )
    assert sign_in_with(root.email).status_code == 429


def test_beyond_the_hash_queue_it_is_busy(root: User, settings: Settings) -> None:
    settings.AUTH_MAX_CONCURRENT_HASHES, settings.AUTH_HASH_QUEUE = 1, 0
    with hashing.slot():
        answer = sign_in_with(root.email)
    assert_refused(answer, 503, "More passwords are being checked")
    assert answer["Retry-After"] == "1"


def test_the_session_is_one_of_the_owners_own(admin: Client, root: User, sign_in: SignIn, bearer: Bearer) -> None:
    elsewhere = bearer(sign_in(root).access)
    listed = elsewhere.get("/auth/sessions").json()["results"]
    (here,) = [each["id"] for each in listed if not each["current"]]
    assert elsewhere.delete(f"/auth/sessions/{here}").status_code == 204
    assert not is_in(admin)


def test_a_suspension_puts_out(admin: Client, root: User) -> None:
    suspension.suspend(root.pk, reason="", actor=System("test"), origin=Origin())
    assert not is_in(admin)


def test_an_account_that_has_ended_is_out(admin: Client, root: User) -> None:
    over = timezone.now() - timedelta(minutes=1)
    expiry.set_expiry(root.pk, over, actor=System("test"), origin=Origin())
    assert not is_in(admin)


def test_a_new_password_puts_out(admin: Client, root: User) -> None:
    root.set_password("seven kites over helsinki")
    root.save()
    assert not is_in(admin)


def test_whoever_is_staff_no_more_is_out(admin: Client, root: User) -> None:
    User.objects.filter(pk=root.pk).record_change(is_staff=False)
    assert not is_in(admin)


def test_signing_out_ends_the_session(admin: Client, root: User) -> None:
    answer = admin.post("/admin/logout/")
    assert answer["Location"] == LOGIN
    assert answer.cookies["admin"]["max-age"] == 0
    assert not Session.objects.open().filter(user=root).exists()
    assert AuditEvent.objects.filter(type="sessions.revoked", subject=root.pk).exists()


def test_a_link_signs_nobody_out(admin: Client) -> None:
    assert admin.get("/admin/logout/")["Location"] == HOME
    assert is_in(admin)


def test_signing_in_anew_ends_the_session_before(admin: Client, root: User) -> None:
    assert admin.post(LOGIN, {"email": root.email, "password": PASSWORD}).status_code == 302
    assert Session.objects.open().filter(user=root).count() == 1
    assert is_in(admin)


@pytest.mark.parametrize("trouble", [OperationalError("gone"), TemporarilyUnavailable(retry_after=2)])
def test_cut_off_from_the_truth_nobody_can_tell(
    admin: Client, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    def cut_off(**_: Any) -> None:
        raise trouble

    monkeypatch.setattr(standing, "recall_session", cut_off)
    answer = admin.get(HOME)
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) >= 1
    assert not answer.cookies
    monkeypatch.undo()
    assert is_in(admin)


def test_no_database_at_the_login_is_no_wrong_password(root: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(**_: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("accounts.services.sign_in.open_session", cut_off)
    assert_refused(sign_in_with(root.email), 503, "nothing was changed")


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/admin/accounts/user/", "/admin/accounts/user/"),
        ("", HOME),
        ("https://evil.example/admin/", HOME),
        ("//evil.example/admin/", HOME),
        ("/admin/\\evil.example", "/admin/%5Cevil.example"),
        ("/\\evil.example/admin/", HOME),
        ("javascript:alert(1)", HOME),
        ("/auth/user", HOME),
        (LOGIN, HOME),
        ("/admin/logout/", HOME),
    ],
)
def test_one_goes_on_within_the_admin_alone(root: User, wanted: str, leads_to: str) -> None:
    assert sign_in_with(root.email, next=wanted)["Location"] == leads_to


def test_whoever_is_in_already_goes_on_at_once(admin: Client) -> None:
    assert admin.get(LOGIN, {"next": "/admin/accounts/user/"})["Location"] == "/admin/accounts/user/"


def test_the_cookie_names_two_ids_for_these_pages_alone(root: User) -> None:
    morsel = sign_in_with(root.email).cookies["admin"]
    assert (morsel["path"], morsel["httponly"], morsel["samesite"], morsel["secure"]) == (HOME, True, "Lax", "")
    assert not morsel["max-age"]  # it ends with the browser
    session = Session.objects.get(user=root)
    assert signing.loads(morsel.value, salt=cookie.SALT) == [str(root.pk), str(session.pk)]


def test_over_https_the_cookie_is_secure(root: User, settings: Settings) -> None:
    settings.AUTH_ISSUER = "https://auth.example.com"
    morsel = sign_in_with(root.email).cookies["__Secure-admin"]
    assert (morsel["secure"], morsel["path"], morsel["httponly"]) == (True, HOME, True)


def test_the_cookie_is_good_for_eight_hours(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert timedelta(hours=8) == admin_entry.LONGEST
    monkeypatch.setattr("accounts.admin.cookie.LONGEST", timedelta(seconds=-1))
    assert not is_in(admin)


def test_no_cookie_but_ours_lets_anybody_in(root: User, admin: Client) -> None:
    value = admin.cookies["admin"].value
    forged = signing.dumps([str(root.pk), str(UUID(int=1))], salt="another")
    for bad in ("", "x", value[:-1], forged, value.replace(":", ";", 1)):
        admin.cookies["admin"] = bad
        assert not is_in(admin)


@pytest.mark.parametrize("path", [HOME, LOGIN, "/admin/accounts/user/"])
def test_two_cookies_let_nobody_in_and_the_page_says_why(admin: Client, path: str) -> None:
    """A page of a neighbouring host has set one; the login would lead back to itself for ever."""
    value = admin.cookies["admin"].value
    for cookies in (f"admin={value}; admin={value}", f"admin={value}; admin=x", f"admin=; admin={value}"):
        answer = Client().get(path, headers={"cookie": cookies})
        assert_refused(answer, 401, "The cookie of the admin came twice")
        assert not answer.cookies


def test_the_cookie_of_another_session_of_theirs_is_not_made_up(root: User, sign_in: SignIn) -> None:
    """Whatever somebody has of the API, it opens nothing here."""
    access = sign_in(root).access
    assert Client(headers={"authorization": f"Bearer {access}"}).get(HOME)["Location"] == OUT


def test_django_has_no_way_in_of_its_own(root: User) -> None:
    assert auth.authenticate(username=root.email, password=PASSWORD) is None
    assert auth.get_backends()[0].get_user(root.pk) is None


@pytest.mark.django_db(transaction=True)
def test_nor_one_for_asynchronous_code(root: User) -> None:
    (backend,) = auth.get_backends()
    entered = async_to_sync(backend.aauthenticate)(None, username=root.email, password=PASSWORD)
    assert entered is None
    assert async_to_sync(backend.aget_user)(root.pk) is None


def test_a_forged_form_is_refused(root: User) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post(LOGIN, {"email": root.email, "password": PASSWORD})
    assert_refused(answer, 403, "not from a page that was opened here")
    assert not Session.objects.filter(user=root).exists()


def test_whoever_is_in_is_not_moved_by_a_forged_form(root: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies = enter(root).cookies
    answer = client.post(f"/admin/accounts/user/{root.pk}/end_sessions/")
    assert answer.status_code == 403
    assert is_in(client)


def test_a_form_of_ours_is_taken(root: User) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get(LOGIN).content.decode()
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
    form = {"email": root.email, "password": PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post(LOGIN, form).status_code == 302


def routes() -> Iterator[str]:
    """Every page there is, as of somebody or something that there is not."""
    for pattern in get_resolver("accounts.admin.urls").url_patterns:
        for each in getattr(pattern, "url_patterns", [pattern]):
            assert isinstance(each, URLPattern)
            prefix = "" if each is pattern else str(pattern.pattern)
            yield prefix + re.sub(r"<[^>]+>|\(\?P[^)]*\)", "1", str(each.pattern)).strip("^$?")


@pytest.mark.django_db
def test_no_page_is_shown_to_nobody() -> None:
    asked = [HOME + route for route in routes() if not route.startswith(("login", "logout"))]
    assert len(asked) > 30
    for path in asked:
        answer = Client().get(path)
        assert answer.status_code in {302, 301, 405}, path
        if answer.status_code == 302:
            assert answer["Location"].startswith(LOGIN), path


@pytest.mark.parametrize("path", [HOME, LOGIN, "/admin/accounts/user/", "/admin/nothing/"])
def test_pages_are_kept_by_nobody_and_ask_nobody_else(admin: Client, path: str) -> None:
    answer = admin.get(path)
    assert answer["Cache-Control"] == "no-store"
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == "'self' 'unsafe-eval'"
    assert policy["form-action"] == policy["connect-src"] == "'self'"
    assert answer["Referrer-Policy"] == "same-origin"


def test_the_address_that_people_type_leads_there(client: Client) -> None:
    assert client.get("/admin")["Location"] == HOME


def test_token_routes_have_no_part_in_it(admin: Client) -> None:
    answer = admin.post("/auth/verify", {"token": "x"}, content_type="application/json")
    assert answer.status_code == 401
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
