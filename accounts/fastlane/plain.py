"""Which requests the lane looks at: those that nothing is special about, whatever Django would make of the others."""

import io
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.http.request import split_domain_port, validate_host

Environ = dict[str, Any]

DOUBTFUL: Final = (
    *("HTTP_ORIGIN", "HTTP_COOKIE", "HTTP_EXPECT", "HTTP_UPGRADE", "HTTP_RANGE"),
    *("HTTP_CONTENT_ENCODING", "HTTP_TRANSFER_ENCODING"),
    *("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE"),
    *("HTTP_X_AUTH_TRANSPORT", "HTTP_X_CSRF_TOKEN", "HTTP_X_HTTP_METHOD_OVERRIDE"),
)
"""What Django, or a client, could mean something by."""

ACCEPTED: Final = frozenset({None, "*/*", "application/json", "application/json, text/plain, */*"})
"""None is no header; the last one is what axios sends."""

JSON: Final = frozenset({"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"})
FORM: Final = frozenset({"application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8"})
NO_LENGTH: Final = frozenset({None, "", "0"})
MAX_BODY_BYTES: Final = 8192
MAX_DIGITS: Final = len(str(MAX_BODY_BYTES))


def is_unremarkable(environ: Environ) -> bool:
    return environ.keys().isdisjoint(DOUBTFUL)


def takes_json(environ: Environ) -> bool:
    return environ.get("HTTP_ACCEPT") in ACCEPTED


def is_for_us(environ: Environ) -> bool:
    """By Django's own rule for `Host`, asked once for each spelling."""
    host = environ.get("HTTP_HOST")
    return host is not None and _is_allowed(host, tuple(settings.ALLOWED_HOSTS))


def has_no_query(environ: Environ) -> bool:
    return not environ.get("QUERY_STRING")


def has_no_body(environ: Environ) -> bool:
    return environ.get("CONTENT_LENGTH") in NO_LENGTH


def is_bare(environ: Environ) -> bool:
    """For us, and with nothing to say but its path and who sends it."""
    return is_for_us(environ) and takes_json(environ) and has_no_query(environ) and has_no_body(environ)


def body(environ: Environ, media_types: frozenset[str]) -> bytes | None:
    """If it is of these and worth reading. What is read is put back, for Django."""
    text = environ.get("CONTENT_LENGTH") or ""
    if environ.get("CONTENT_TYPE") not in media_types or len(text) > MAX_DIGITS:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) > MAX_BODY_BYTES:
        return None
    read: bytes = environ["wsgi.input"].read(int(text))
    environ["wsgi.input"] = io.BytesIO(read)
    return read if len(read) == int(text) else None


def only_member(body: bytes, name: bytes) -> str:
    """The text of it, in an object of it alone as programs write one; where there is more than that, or less, something
    that is no token.
    """
    for opening in (b'{"%s":"' % name, b'{"%s": "' % name):
        if body.startswith(opening) and body.endswith(b'"}'):
            return body[len(opening) : -len(b'"}')].decode("latin-1")
    return ""


@lru_cache(maxsize=64)
def _is_allowed(host: str, allowed_hosts: tuple[str, ...]) -> bool:
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, allowed_hosts)
