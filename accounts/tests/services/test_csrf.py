"""The CSRF token is the session's own, and what a browser says of a page is believed."""

import pytest
from pytest_django import Settings

from accounts.credentials import Credentials
from accounts.errors import CsrfFailed
from accounts.models import Session, User
from accounts.services import csrf
from accounts.tests.support.factories import MakeUser, SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(user: User, sign_in: SignIn) -> Session:
    sign_in(user)
    return Session.objects.get()


def showing(token: str | None) -> Credentials:
    return Credentials(csrf_token=token)


def test_the_token_is_the_same_as_long_as_the_session_is_and_no_other_sessions(
    session: Session, user: User, sign_in: SignIn, make_user: MakeUser
) -> None:
    sign_in(user)
    sign_in(make_user())
    tokens = [csrf.token_of(each) for each in Session.objects.all()]
    assert len(set(tokens)) == 3
    session.refresh_from_db()
    assert csrf.token_of(session) in tokens
    assert {len(token) for token in tokens} == {43}


def test_the_token_follows_from_the_secret_and_does_not_tell_it(session: Session) -> None:
    before = csrf.token_of(session)
    assert bytes(session.secret).hex() not in before
    session.secret = bytes(16)
    assert csrf.token_of(session) != before


def test_another_secret_key_changes_no_token(session: Session, settings: Settings) -> None:
    before = csrf.token_of(session)
    settings.SECRET_KEY = "another" * 10
    assert csrf.token_of(session) == before


def test_the_sessions_own_token_is_let_through(session: Session) -> None:
    csrf.require(session, showing(csrf.token_of(session)))


def test_anything_else_is_refused(session: Session, user: User, sign_in: SignIn) -> None:
    sign_in(user)
    own = csrf.token_of(session)
    others = [csrf.token_of(each) for each in Session.objects.exclude(pk=session.pk)]
    for token in [
        None,
        "",
        " ",
        own[:-1],
        f"{own} ",
        own.swapcase(),
        f"{own}=",
        "ü",
        "\udcff",
        str(session.pk),
        *others,
    ]:
        with pytest.raises(CsrfFailed):
            csrf.require(session, showing(token))


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "Same-Origin", "same-origin, cross-site", "elsewhere"])
def test_a_request_of_another_site_or_origin_is_refused(site: str) -> None:
    with pytest.raises(CsrfFailed):
        csrf.refuse_foreign(Credentials(fetch_site=site))


@pytest.mark.parametrize("site", ["same-origin", "none", None])
def test_a_request_of_ours_or_of_an_old_browser_passes(site: str | None) -> None:
    csrf.refuse_foreign(Credentials(fetch_site=site))


def test_for_a_read_the_origin_counts_and_the_site_does_not() -> None:
    csrf.refuse_foreign_origin(Credentials(fetch_site="cross-site", page_origin=None))
    csrf.refuse_foreign_site(Credentials(fetch_site=None, page_origin="https://evil.example"))
    with pytest.raises(CsrfFailed):
        csrf.refuse_foreign_origin(Credentials(fetch_site="same-origin", page_origin="https://evil.example"))


OWN = {
    "https://auth.example.com": "https://auth.example.com",
    "https://auth.example.com:443/below": "https://auth.example.com",
    "https://Auth.Example.com:8443": "https://auth.example.com:8443",
    "http://localhost:8000": "http://localhost:8000",
    "http://[::1]:80": "http://[::1]",
}


@pytest.mark.parametrize(("issuer", "origin"), OWN.items())
def test_the_issuers_origin_is_ours(settings: Settings, issuer: str, origin: str) -> None:
    settings.AUTH_ISSUER = issuer
    csrf.refuse_foreign(Credentials(page_origin=origin))


@pytest.mark.parametrize(
    "origin",
    ["null", "", "https://evil.example", "http://auth.example.com", "https://auth.example.com.evil.example",
     "https://evil.auth.example.com", "https://auth.example.com:8443", "https://example.com", "*",
     "https://auth.example.com https://evil.example"],
)  # fmt: skip
def test_no_other_origin_is_ours_not_even_one_that_cors_allows(settings: Settings, origin: str) -> None:
    settings.AUTH_ISSUER = "https://auth.example.com"
    settings.CORS_ALLOWED_ORIGINS = ["https://evil.example"]
    with pytest.raises(CsrfFailed) as refused:
        csrf.refuse_foreign(Credentials(page_origin=origin))
    assert "https://auth.example.com" in refused.value.detail
