"""What the REST door says, as bytes, for whoever says it in its place: the same serializers, the same renderer."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from django.utils.http import quote_etag
from rest_framework.renderers import JSONRenderer

from accounts.models import NoticeType, User
from accounts.principals import Caller
from accounts.rest.cookies import Tokens
from accounts.rest.oauth import granting
from accounts.rest.pagination import DEFAULT_LIMIT
from accounts.rest.serializers.notices import NoticePageResponse
from accounts.rest.serializers.shaping import shape
from accounts.rest.serializers.signing_in import TokenResponse, VerifyResponse
from accounts.rest.serializers.users import UserResponse
from accounts.services.following import notices
from accounts.services.following.notices import Page
from accounts.services.identification import Identity

OF_STANDING: Final = ("groups", "user")
"""The last members of the answer to a verify: what can change while the token is the same."""

OF_THE_TOKEN: Final = [name for name in VerifyResponse().get_fields() if name not in OF_STANDING]
USER: Final = b',"user":'
NOBODY: Final[dict[str, Any]] = {"groups": [], "user": None}

_renderer: Final = JSONRenderer()


def verify_opening(identity: Identity) -> bytes:
    """The answer to a verify as far as the token says it; `verify_closing` goes on."""
    answer = identity.as_answer()
    return _json({name: answer[name] for name in OF_THE_TOKEN}).removesuffix(b"}")


def verify_closing(user: User | None) -> bytes:
    """The rest, as of now; None for a service client's token."""
    present = NOBODY if user is None else {"groups": user.group_names, "user": shape(UserResponse, user)}
    return b"," + _json(present).removeprefix(b"{")


def user_of(closing: bytes) -> bytes:
    """The user alone, who stands last in such a closing. No quote in a string is bare, so no group looks like this."""
    return closing[closing.index(USER) + len(USER) : -1]


def jwks(keys: Sequence[Mapping[str, Any]]) -> tuple[bytes, str]:
    """With its ETag."""
    document = {"keys": keys}
    return _json(document), etag_of(document)


def client_token(authorization: str, form: bytes) -> bytes | None:
    """The answer of the token endpoint; None for whatever it refuses."""
    granted = granting.find_grant(authorization, form)
    return None if granted is None else _json(granted)


def token_pair(tokens: Tokens) -> bytes:
    """The answer to a refresh."""
    return _json(shape(TokenResponse, tokens))


def empty_page(cursor: str) -> bytes:
    """Of notices, with none after the cursor, which is the end of the log."""
    return _json(shape(NoticePageResponse, Page(notices=[], cursor=cursor, complete=True)))


def page(cursor: str, actor: Caller, *, limit: int | None, types: Collection[NoticeType]) -> tuple[bytes, Page]:
    """Of the notices that follow the cursor; without a limit as many as are given unless told. Raises as
    `notices.read`.
    """
    following = notices.read(actor=actor, after=cursor, limit=limit or DEFAULT_LIMIT, types=types)
    return _json(shape(NoticePageResponse, following)), following


def etag_of(document: Mapping[str, Any]) -> str:
    return quote_etag(hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:32])


def _json(document: dict[str, Any]) -> bytes:
    rendered: bytes = _renderer.render(document)
    return rendered
