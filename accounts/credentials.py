"""What a request shows to prove who sends it: its Authorization header, or a browser's cookies and what guards them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self
from urllib.parse import urlsplit

from accounts.conf import auth_settings
from accounts.errors import InvalidRefreshToken, NotAuthenticated, Refusal, TokenInvalid
from accounts.principals import bearer_token

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""RFC 9110 section 9.2.1. Whatever else there is, or somebody makes up, may change something."""
WHITESPACE: Final = " \t"
"""RFC 6265 section 5.2. Python strips more, and would take `\\xa0__Host-access`, which a browser lets a sub-domain
set, for `__Host-access`, which it doesn't."""

NO_COOKIE: Final = "This takes the cookies of a sign-in with `X-Auth-Transport: cookie`; sign in again."
UNREADABLE: Final = (
    "The Cookie header has bytes beyond ASCII and was dropped; some script set such a cookie. Remove it."
)

MAX_COOKIE_BYTES: Final = 4096
"""Of name and value. RFC 6265 section 6.1 promises no more, and browsers drop what is larger without a word."""


@dataclass(frozen=True, slots=True)
class CookieNames:
    access: str
    refresh: str


PREFIXED: Final = CookieNames(access="__Host-access", refresh="__Secure-refresh")
PLAIN: Final = CookieNames(access="access", refresh="refresh")


def is_https() -> bool:
    return urlsplit(auth_settings.issuer).scheme == "https"


def cookie_names() -> CookieNames:
    """Browsers take the prefixes over https alone; development over http does without."""
    return PREFIXED if is_https() else PLAIN


def room_for(name: str) -> int:
    """How long the value of a cookie may be."""
    return MAX_COOKIE_BYTES - len(f"{name}=")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Nothing in it is verified."""

    authorization: str | None = field(default=None, repr=False)
    access_cookies: tuple[str, ...] = field(default=(), repr=False)
    refresh_cookies: tuple[str, ...] = field(default=(), repr=False)
    has_unreadable_cookies: bool = False
    csrf_token: str | None = field(default=None, repr=False)
    fetch_site: str | None = None
    page_origin: str | None = None
    is_safe: bool = True

    @property
    def is_in_cookie_mode(self) -> bool:
        """Whether it is a browser's, by its cookies, or by the CSRF token of a page whose cookies are gone."""
        return self.has_cookies or self.csrf_token is not None

    @property
    def has_cookies(self) -> bool:
        """Of ours, or such that it can't be told."""
        return bool(self.access_cookies or self.refresh_cookies) or self.has_unreadable_cookies

    def bearer(self) -> str | None:
        """The header's token, or None without a header. TokenInvalid for a header of another form."""
        return None if self.authorization is None else bearer_token(self.authorization)

    def access_cookie(self) -> str:
        """NotAuthenticated without one. TokenInvalid for two: a browser has one, so somebody else set the other."""
        self.refuse_unreadable_cookies()
        return _only(self.access_cookies, TokenInvalid("The access cookie came twice, and one of them is not ours."))

    def refresh_cookie(self) -> str:
        """NotAuthenticated without one, InvalidRefreshToken for two: a sub-domain can set one beside ours."""
        self.refuse_unreadable_cookies()
        twice = InvalidRefreshToken("The refresh cookie came twice, and one of them is not ours.")
        return _only(self.refresh_cookies, twice)

    def refuse_unreadable_cookies(self) -> None:
        """TokenInvalid where nobody knows which cookies there are."""
        if self.has_unreadable_cookies:
            raise TokenInvalid(UNREADABLE)

    def without_cookies(self) -> Self:
        return replace(self, access_cookies=(), refresh_cookies=(), has_unreadable_cookies=False, csrf_token=None)


def _only(values: tuple[str, ...], twice: Refusal) -> str:
    if len(values) > 1:
        raise twice
    if not values:
        raise NotAuthenticated(NO_COOKIE)
    return values[0]


def credentials_of(meta: Mapping[str, str]) -> Credentials:
    """From a WSGI environment. Cookies count only where there is no Authorization header, whatever that says."""
    cookies, names = meta.get("HTTP_COOKIE"), cookie_names()
    credentials = Credentials(
        authorization=meta.get("HTTP_AUTHORIZATION"),
        access_cookies=values_of(cookies or "", names.access),
        refresh_cookies=values_of(cookies or "", names.refresh),
        has_unreadable_cookies=cookies is not None and _is_incomplete(cookies),
        csrf_token=meta.get("HTTP_X_CSRF_TOKEN"),
        fetch_site=meta.get("HTTP_SEC_FETCH_SITE"),
        page_origin=meta.get("HTTP_ORIGIN"),
        is_safe=meta.get("REQUEST_METHOD") in SAFE_METHODS,
    )
    return credentials if credentials.authorization is None else credentials.without_cookies()


def forwarded_credentials_of(meta: Mapping[str, str]) -> Credentials:
    """Of a request that a gateway asks about: safe only if the gateway's own one is, and the one it speaks of."""
    own = credentials_of(meta)
    return replace(own, is_safe=own.is_safe and meta.get("HTTP_X_FORWARDED_METHOD", "GET") in SAFE_METHODS)


def values_of(header: str, name: str) -> tuple[str, ...]:
    """All that a Cookie header (RFC 6265 section 5.4) says under exactly this name, of whatever path or domain."""
    pairs = (part.strip(WHITESPACE).partition("=") for part in header.split(";"))
    return tuple(value for found, separator, value in pairs if separator and found == name)


def _is_incomplete(header: str) -> bool:
    """A browser sends no empty header, and no empty pair. Granian hands on an empty text in place of a header that has
    a byte beyond ASCII, and joins several headers with semicolons.
    """
    return not all(part.strip(WHITESPACE) for part in header.split(";"))
