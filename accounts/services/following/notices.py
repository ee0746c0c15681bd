"""Reads the log of notices for those who follow it: from where they stopped, in order, and none left out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from accounts.conf import auth_settings
from accounts.errors import CursorExpired, FieldError, InvalidInput
from accounts.models import KeyPurpose, Notice, NoticeType
from accounts.notices import cursor
from accounts.notices.reader import START, Position
from accounts.principals import Principal
from accounts.services import authorisation
from accounts.services.authorisation import Action
from accounts.tokens import trusted_keys


@dataclass(frozen=True, slots=True)
class Page:
    """`cursor` stands behind all that was looked at, also what was not asked for. `complete`: that was the end.

    Each notice says when it `expires`.
    """

    notices: list[Notice]
    cursor: str
    complete: bool


def read(*, actor: Principal, after: str | None, limit: int, types: Collection[NoticeType] = ()) -> Page:
    """What follows the cursor `after`; without one, from the oldest notice that an unexpired token could still meet.

    No types means all. Raises PermissionDenied; InvalidInput for what is no cursor, CursorExpired for one of no use.
    """
    authorisation.require(Action.READ_NOTICES, actor=actor)
    position, found = _newcomer(limit) if after is None else _follower(parse(after, field="after"), limit)
    page = _dated(found[:limit])
    return Page(
        notices=[notice for notice in page if not types or notice.type in types],
        cursor=cursor.write(cursor.at(page[-1]) if page else position),
        complete=len(found) <= limit,
    )


def refusal_window() -> timedelta:
    """How long a refusal can meet a token that it concerns: the longest life that one in circulation may have been
    given, and the leeway, ours or a follower's.
    """
    return trusted_keys.longest_life(KeyPurpose.ACCESS) + auth_settings.followers_leeway


def parse(unverified_cursor: str, *, field: str) -> Position:
    """InvalidInput that names the field for what is no cursor of ours."""
    try:
        return cursor.read(unverified_cursor)
    except ValueError:
        raise InvalidInput([FieldError(field, "invalid", "This is no cursor of ours.")]) from None


def _newcomer(limit: int) -> tuple[Position, list[Notice]]:
    """The end is looked up first: what is committed meanwhile is recent, and so is met as the first."""
    last = Notice.objects.find_last()
    first = Notice.objects.first_number_within(refusal_window())
    found = [] if first is None else list(Notice.objects.numbered_from(first)[: limit + 1])
    return cursor.at(last) if last else START, found


def _follower(position: Position, limit: int) -> tuple[Position, list[Notice]]:
    """One more than the limit, if there are so many: the next page's first.

    The notice at the position is read along. If it is not there, nobody knows what followed it; before the first one
    everything must still be there.
    """
    found = list(Notice.objects.numbered_from(position.seq)[: limit + 2])
    if position == START:
        if found and found[0].seq != 1:
            raise CursorExpired
        return position, found[: limit + 1]
    if not found or cursor.at(found[0]) != position:
        raise CursorExpired
    return position, found[1:]


def _dated(found: list[Notice]) -> list[Notice]:
    """By what is known after the log was read: whoever signs what lives longer has said so in the log before."""
    window = refusal_window()
    for notice in found:
        notice.expires = notice.occurred_at + window
    return found
