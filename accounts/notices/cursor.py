"""A position in the log as text that means nothing to others: 32 characters for the number and the notice's id."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from struct import Struct
from typing import Final
from uuid import UUID

from accounts.models import Notice
from accounts.notices.reader import START, Position

FORM: Final = re.compile(r"[A-Za-z0-9_-]{32}")
PLACE: Final = Struct(">q16s")
"""24 bytes, so that base64 has neither padding nor idle bits: no two texts stand for one position."""

NOBODY: Final = UUID(int=0)  # bears the number 0


def at(notice: Notice) -> Position:
    """The position of a notice that is committed."""
    if notice.seq is None:
        raise ValueError("A notice has no position before it is committed.")
    return Position(notice.seq, notice.pk)


def write(position: Position) -> str:
    notice_id = position.notice_id if isinstance(position.notice_id, UUID) else NOBODY
    return urlsafe_b64encode(PLACE.pack(position.seq, notice_id.bytes)).decode("ascii")


def read(unverified_text: str) -> Position:
    """Whether there is such a notice is for the log to say; ValueError for what `write` can't have written."""
    if not FORM.fullmatch(unverified_text):
        raise ValueError("no cursor")
    seq, notice_id = PLACE.unpack(urlsafe_b64decode(unverified_text))
    if seq < 0 or (seq == 0) != (notice_id == NOBODY.bytes):
        raise ValueError("no cursor")
    return Position(seq, UUID(bytes=notice_id)) if seq else START
