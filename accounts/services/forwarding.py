"""What a gateway learns of a request: whether whoever sends it holds what is demanded, and who they are, as headers."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import quote

from accounts.errors import InsufficientScope, PermissionDenied
from accounts.services.identification import Identity, UserIdentity

SCOPE_TOKENS: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*")
"""RFC 6749 section 3.3. Whatever else is demanded is held by nobody, and must not get into a header."""
READABLE: Final = "@:/"
"""Left as they are, beside letters, digits and `_.-~`: none of them separates anything here."""


def require(identity: Identity, *, scopes: Collection[str], groups: Collection[str]) -> None:
    """All of them. Raises InsufficientScope, or PermissionDenied for a group; also for the empty name, which nobody
    has: a demand that was left blank by mistake must not open the door.
    """
    if missing := [scope for scope in scopes if scope not in identity.claims.scope.split()]:
        named = " ".join(missing)
        raise (
            InsufficientScope(named) if SCOPE_TOKENS.fullmatch(named) else PermissionDenied("No token has this scope.")
        )
    if not set(groups) <= set(_groups(identity)):
        raise PermissionDenied("This is for members of a group that the caller is not in.")


def identity_headers(identity: Identity) -> dict[str, str]:
    """Always all five, empty where they do not apply: a gateway lets a forged one through where it is given none.

    Percent-encoded UTF-8; groups stand between commas, scopes between spaces.
    """
    user = identity.user if isinstance(identity, UserIdentity) else None
    return {
        "X-Auth-User-Id": str(user.pk) if user else "",
        "X-Auth-Email": _encoded(user.email) if user else "",
        "X-Auth-Groups": ",".join(map(_encoded, _groups(identity))),
        "X-Auth-Client-Id": _encoded(identity.claims.client_id),
        "X-Auth-Scope": " ".join(map(_encoded, identity.claims.scope.split())),
    }


def _groups(identity: Identity) -> list[str]:
    return identity.user.group_names if isinstance(identity, UserIdentity) else []


def _encoded(text: str) -> str:
    return quote(text, safe=READABLE)
