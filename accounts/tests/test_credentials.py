"""What a request shows is read to the letter."""

from typing import Any

import pytest
from pytest_django import Settings

from accounts.credentials import Credentials, credentials_of, forwarded_credentials_of, values_of
from accounts.errors import InvalidRefreshToken, NotAuthenticated, TokenInvalid


def shown(cookie: str | None = None, **meta: Any) -> Credentials:
    cookies = {} if cookie is None else {"HTTP_COOKIE": cookie}
    return credentials_of({"REQUEST_METHOD": "POST"} | cookies | meta)


@pytest.fixture
def _https(settings: Settings) -> None:
    settings.AUTH_ISSUER = "https://auth.example.com"


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("access=a", ("a",)),
        ("x=1; access=a; y=2", ("a",)),
        ("x=1;access=a\t;y=2", ("a",)),
        ("access=a=b", ("a=b",)),
        ("access=", ("",)),
        ("access=a; access=b", ("a", "b")),
        ("access=a; access=a", ("a", "a")),
        ('access="a"', ('"a"',)),
        ('x="; access=a"', ('a"',)),
        ("access", ()),
        ("ACCESS=a", ()),
        ("access =a", ()),
        ("xaccess=a", ()),
        ("access[0]=a", ()),
        ("$access=a", ()),
        ("x=1, access=a", ()),
        ("\xa0access=a", ()),
        ("\x85access=a", ()),
        ("\x0baccess=a", ()),
        ("\x1faccess=a", ()),
        ("access\xa0=a", ()),
        ("%61ccess=a", ()),
        ("", ()),
    ],
)
def test_a_cookie_is_what_stands_under_exactly_its_name(header: str, found: tuple[str, ...]) -> None:
    assert values_of(header, "access") == found


@pytest.mark.usefixtures("_https")
def test_over_https_the_prefixes_belong_to_the_names() -> None:
    both = shown("access=planted; refresh=planted; __Host-access=a; __Secure-refresh=r")
    assert (both.access_cookie(), both.refresh_cookie()) == ("a", "r")
    for plain in ("access=planted; refresh=planted", "__Secure-access=a; __Host-refresh=r", "__host-access=a"):
        assert not shown(plain).is_in_cookie_mode


def test_over_http_there_are_no_prefixes() -> None:
    both = shown("access=a; refresh=r; __Host-access=x; __Secure-refresh=x")
    assert (both.access_cookie(), both.refresh_cookie()) == ("a", "r")


@pytest.mark.parametrize("issuer", ["HTTPS://auth.example.com", "https://auth.example.com"])
def test_the_scheme_of_the_issuer_has_any_case(settings: Settings, issuer: str) -> None:
    settings.AUTH_ISSUER = issuer
    assert shown("__Host-access=a").access_cookie() == "a"


def test_a_name_that_comes_twice_is_refused_even_with_one_value() -> None:
    for twice in ("access=a; access=b", "access=a; access=a", "access=; access=a"):
        with pytest.raises(TokenInvalid):
            shown(twice).access_cookie()
    for twice in ("refresh=a; refresh=b", "refresh=a; refresh=a"):
        with pytest.raises(InvalidRefreshToken):
            shown(twice).refresh_cookie()


@pytest.mark.parametrize("authorization", ["Bearer a.b.c", "Bearer", "Basic YTpi", "", " "])
def test_a_header_of_any_kind_puts_the_cookies_aside(authorization: str) -> None:
    both = shown("access=a; refresh=r", HTTP_AUTHORIZATION=authorization, HTTP_X_CSRF_TOKEN="c")
    assert not both.is_in_cookie_mode
    for cookie in ("access_cookie", "refresh_cookie"):
        with pytest.raises(NotAuthenticated):
            getattr(both, cookie)()


def test_a_page_whose_cookies_are_gone_is_known_by_its_csrf_token() -> None:
    assert shown(HTTP_X_CSRF_TOKEN="").is_in_cookie_mode
    assert not shown().is_in_cookie_mode


@pytest.mark.parametrize("header", ["", " ", ";access=a; refresh=r", "access=a; refresh=r;", "access=a;\t; refresh=r"])
def test_where_a_part_of_the_cookies_was_left_out_none_counts(header: str) -> None:
    """A browser sends no such header; a server does that could not read one."""
    incomplete = shown(header)
    assert incomplete.is_in_cookie_mode
    for read in (incomplete.access_cookie, incomplete.refresh_cookie, incomplete.refuse_unreadable_cookies):
        with pytest.raises(TokenInvalid, match="beyond ASCII"):
            read()
    assert not shown(header, HTTP_AUTHORIZATION="Bearer a.b.c").has_unreadable_cookies
    assert not incomplete.without_cookies().is_in_cookie_mode


@pytest.mark.parametrize("header", [None, "access=a", "x=", "=", "x", "a=1;b=2", "access=a; access=b"])
def test_other_headers_are_whole(header: str | None) -> None:
    assert not shown(header).has_unreadable_cookies


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_safe(method: str) -> None:
    assert shown(REQUEST_METHOD=method).is_safe


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "get", "SPOOF", "GET,POST", ""]
)
def test_every_other_method_is_unsafe_whoever_names_it(method: str) -> None:
    assert not shown(REQUEST_METHOD=method).is_safe
    assert not forwarded_credentials_of({"REQUEST_METHOD": "GET", "HTTP_X_FORWARDED_METHOD": method}).is_safe
    assert not forwarded_credentials_of({"REQUEST_METHOD": method, "HTTP_X_FORWARDED_METHOD": "GET"}).is_safe


def test_a_gateways_question_about_reading_is_safe() -> None:
    assert forwarded_credentials_of({"REQUEST_METHOD": "GET", "HTTP_X_FORWARDED_METHOD": "HEAD"}).is_safe
    assert forwarded_credentials_of({"REQUEST_METHOD": "GET"}).is_safe


@pytest.mark.parametrize("header", ["HTTP_X_HTTP_METHOD_OVERRIDE", "HTTP_X_HTTP_METHOD", "HTTP_X_METHOD_OVERRIDE"])
def test_no_other_header_makes_a_method_safe(header: str) -> None:
    assert not shown(**{header: "GET"}).is_safe


def test_nothing_of_it_is_shown_by_accident() -> None:
    secret = shown("access=tell; refresh=tell", HTTP_AUTHORIZATION="tell", HTTP_X_CSRF_TOKEN="tell")
    assert "tell" not in repr(secret)
