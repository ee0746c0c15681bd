"""A text that may be a token, taken apart as far as it goes: nothing in it is believed, and nothing is refused."""

import binascii
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from accounts.errors import TokenInvalid, WrongTokenType
from accounts.tokens import compact
from accounts.tokens.claims import ACCESS_TYP, REFRESH_TYP

FOREIGN: Final = re.compile(r"[^A-Za-z0-9_.-]")
PARTS: Final = ("header", "payload", "signature")
MAX_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Dissection:
    """`header` and `claims` are None where they don't read; `flaw` is why no gate takes the text apart, if so."""

    header: Mapping[str, Any] | None
    claims: Mapping[str, Any] | None
    flaw: str

    @property
    def is_refresh(self) -> bool:
        return self.header is not None and self.header.get("typ") == REFRESH_TYP

    @property
    def is_service(self) -> bool:
        """Whether it says that a service client speaks for itself, as the gate of access tokens sees it."""
        subject = (self.claims or {}).get("sub")
        return not self.is_refresh and isinstance(subject, str) and subject == (self.claims or {}).get("client_id")

    @property
    def kind(self) -> str:
        if self.is_refresh:
            return f"refresh token (where access tokens are taken: {WrongTokenType.code})"
        if self.header is None:
            return "no token"
        if self.header.get("typ") != ACCESS_TYP:
            return "some other token"
        return "access token of a service client" if self.is_service else "access token"


def dissect(unverified_token: str) -> Dissection:
    if len(unverified_token) > compact.MAX_LENGTH:
        return Dissection(None, None, f"it is longer than {compact.MAX_LENGTH:,} characters; no token of ours is")
    parts = unverified_token.split(".")
    header, claims = (_object(part) for part in (*parts, "")[:2])
    return Dissection(header, claims, _flaw_of_text(unverified_token, parts) or _flaw_of_header(header))


def shown(value: object) -> str:
    """As JSON in ASCII, so that nothing in it reaches a terminal as anything but text; cut when it is long."""
    try:
        text = json.dumps(value).replace("\x7f", "\\u007f")
    except RecursionError:
        return "(nested too deeply to show)"
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}... ({len(text):,} characters)"


def _object(part: str) -> Mapping[str, Any] | None:
    text = part.rstrip("=")
    if FOREIGN.search(text) or not _is_base64url(text):
        return None
    try:
        return compact.read_object(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except TokenInvalid:
        return None


def _flaw_of_text(text: str, parts: list[str]) -> str:
    if not text:
        return "there is nothing to look at"
    if foreign := FOREIGN.search(text):
        name = "padding (`=`)" if foreign[0] == "=" else f"U+{ord(foreign[0]):04X}"
        return f"character {foreign.start() + 1:,} is {name}, which no token of ours has"
    if len(parts) != len(PARTS):
        return f"it has {len(parts):,} part{'' if len(parts) == 1 else 's'} between dots; a token has three"
    for name, part in zip(PARTS, parts, strict=True):
        if not part:
            return f"its {name} is empty"
        if not _is_base64url(part):
            return f"its {name} is cut off: no base64url has that length"
    if not compact.is_spelling_of(urlsafe_b64decode(part + "=" * (-len(part) % 4)), part):
        return f"its {name} was cut off or altered: it ends in bits that say nothing, and are not zero"
    return ""


def _flaw_of_header(header: Mapping[str, Any] | None) -> str:
    if header is None:
        return "its header is no JSON object"
    if set(header) != compact.HEADER_MEMBERS:
        return f"its header has the members {shown(sorted(header))}; ours have exactly alg, kid and typ"
    for name, value in header.items():
        if not isinstance(value, str):
            return f"{name} in its header is {shown(value)}, which is no text"
    return ""


def _is_base64url(part: str) -> bool:
    try:
        urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error:
        return False
    return True
