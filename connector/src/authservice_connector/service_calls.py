"""Calls other services in this service's own name: its token, fetched once and kept while it lives.

With whatever client makes the call: `headers={"Authorization": bearer(scope="orders:read")}`.
"""

from django.core.exceptions import ImproperlyConfigured

from authservice_connector.current import connection

__all__ = ["bearer"]


def bearer(*, scope: str = "", refused: str = "") -> str:
    """The value of an `Authorization` header. `scope`: these alone, separated by spaces; else all that the client has.

    `refused` is the value that was just answered with 401: another token is fetched instead, once a second at most.
    CannotTell while none is to be had (blocking for 2 seconds at most); ImproperlyConfigured without credentials.
    """
    if (token := connection().token) is None:
        raise ImproperlyConfigured("AUTHSERVICE needs CLIENT_ID and CLIENT_SECRET for calls to other services.")
    token = token.narrowed(" ".join(sorted({*scope.split()})))
    token.drop(refused.removeprefix("Bearer "))
    return f"Bearer {token.get()}"
