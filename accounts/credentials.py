"""What a request shows to prove who sends it: its Authorization header, or a browser's cookies and what guards them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Self
from urllib.parse import urlsplit

from accounts.conf import auth_settings
from accounts.errors import InvalidRefreshToken, NotAuthenticated, TokenInvalid
from accounts.principals import bearer_token

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""RFC 9110 section 9.2.1. Whatever else there is, or somebody makes up, may change something."""
WHITESPACE: Final = " \t"
"""RFC 6265 section 5.2. Python strips more, and would take `\\xa0__Host-access`, which a browser lets a sub-domain
set, for `__Host-access`, which it doesn't."""

NO_COOKIE: Final = "This takes the cookies of a sign-in with `X-Auth-Transport: cookie`; sign in again."


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


@dataclass(frozen=True, slots=True)
class Credentials:
    """Nothing in it is verified. Cookies count only where there is no Authorization header, whatever that says."""

    authorization: str | None = field(default=None, repr=False)
    access_cookies: tuple[str, ...] = field(default=(), repr=False)
    refresh_cookies: tuple[str, ...] = field(default=(), repr=False)
    csrf_token: str | None = field(default=None, repr=False)
    fetch_site: str | None = None
    page_origin: str | None = None
    is_safe: bool = True

    @property
    def bearer(self) -> str | None:
        """The header's token, or None without one. TokenInvalid for a header of another form."""
        return None if self.authorization is None else bearer_token(self.authorization)

    @property
    def is_in_cookie_mode(self) -> bool:
        """Whether it is a browser's, by its cookies, or by the CSRF token of a page whose cookies are gone."""
        has_any = bool(self.access_cookies or self.refresh_cookies) or self.csrf_token is not None
        return self.authorization is None and has_any

    @property
    def access_cookie(self) -> str:
        """NotAuthenticated without one. TokenInvalid for two: a browser has one, so somebody else set the other."""
        if len(self.access_cookies) > 1:
            raise TokenInvalid("The access cookie came twice, and one of them is not ours.")
        if self.authorization is not None or not self.access_cookies:
            raise NotAuthenticated(NO_COOKIE)
        return self.access_cookies[0]

    @property
    def refresh_cookie(self) -> str:
        """NotAuthenticated without one, InvalidRefreshToken for two: a sub-domain can set one beside ours."""
        if len(self.refresh_cookies) > 1:
            raise InvalidRefreshToken("The refresh cookie came twice, and one of them is not ours.")
        if self.authorization is not None or not self.refresh_cookies:
            raise NotAuthenticated(NO_COOKIE)
        return self.refresh_cookies[0]

    def without_cookies(self) -> Self:
        return replace(self, access_cookies=(), refresh_cookies=(), csrf_token=None)


def credentials_of(meta: Mapping[str, str]) -> Credentials:
    """From a WSGI environment."""
    cookies, names = meta.get("HTTP_COOKIE", ""), cookie_names()
    return Credentials(
        authorization=meta.get("HTTP_AUTHORIZATION"),
        access_cookies=values_of(cookies, names.access),
        refresh_cookies=values_of(cookies, names.refresh),
        csrf_token=meta.get("HTTP_X_CSRF_TOKEN"),
        fetch_site=meta.get("HTTP_SEC_FETCH_SITE"),
        page_origin=meta.get("HTTP_ORIGIN"),
        is_safe=meta.get("REQUEST_METHOD") in SAFE_METHODS,
    )


def forwarded_credentials_of(meta: Mapping[str, str]) -> Credentials:
    """Of a request that a gateway asks about: safe only if the gateway's own one is, and the one it speaks of."""
    own = credentials_of(meta)
    return replace(own, is_safe=own.is_safe and meta.get("HTTP_X_FORWARDED_METHOD", "GET") in SAFE_METHODS)


def values_of(header: str, name: str) -> tuple[str, ...]:
    """All that a Cookie header (RFC 6265 section 5.4) says under exactly this name, of whatever path or domain."""
    pairs = (part.strip(WHITESPACE).partition("=") for part in header.split(";"))
    return tuple(value for found, separator, value in pairs if separator and found == name)
