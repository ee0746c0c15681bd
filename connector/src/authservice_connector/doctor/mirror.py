"""How far the local users are behind the auth service."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import DatabaseError
from django.utils import timezone

from authservice_connector.claims import VerifiedClaims
from authservice_connector.conf import MirroredBy, connector_settings
from authservice_connector.credentials import ServiceToken
from authservice_connector.doctor.findings import Finding
from authservice_connector.errors import CannotTell
from authservice_connector.feed import CursorExpired, NoticeFeed
from authservice_connector.models import MirrorPosition, RemoteUser
from authservice_connector.transport import Transport

LONGEST_LAG_SECONDS: Final = 60
BEGIN: Final = {
    MirroredBy.PROCESS: "a process begins at its first call with a token; else run `manage.py authservice_follow`",
    MirroredBy.COMMAND: 'run `manage.py authservice_follow`: AUTHSERVICE["MIRROR"] leaves it to that alone',
}


def examine(transport: Transport, token: ServiceToken, claims: VerifiedClaims) -> Iterator[Finding]:
    try:
        cursor = MirrorPosition.objects.filter(pk=claims.issuer).values_list("cursor", flat=True).first()
        waiting = RemoteUser.objects.filter(issuer=claims.issuer, is_stale=True).count()
    except DatabaseError as exc:
        yield Finding("mirror", f"its tables can't be read ({type(exc).__name__})", fix="`manage.py migrate`")
        return
    yield _lag(NoticeFeed(transport, token), cursor)
    if waiting:
        yield Finding("mirror", f"{waiting} people are to be looked up")


def _lag(feed: NoticeFeed, cursor: str | None) -> Finding:
    if not cursor:
        is_due = connector_settings.mirrored_by == MirroredBy.COMMAND
        told = "nobody has followed the log yet" if cursor is None else "to be read anew, from the log's beginning"
        return Finding("mirror", told, fix=BEGIN[MirroredBy.COMMAND] if is_due else "")
    try:
        notices = feed.read(cursor).notices
        seconds = _age(notices[0]) if notices else 0
    except CursorExpired:
        return Finding("mirror", "the log does not know its position any more", fix="`manage.py authservice_sync`")
    except (KeyError, TypeError, ValueError):
        raise CannotTell("A notice does not read.") from None
    told = f"{seconds:.0f} s behind" if seconds else "up to date"
    return Finding("mirror", told, fix=BEGIN[connector_settings.mirrored_by] if seconds > LONGEST_LAG_SECONDS else "")


def _age(notice: Mapping[str, Any]) -> float:
    return max(1.0, (timezone.now() - datetime.fromisoformat(notice["occurred_at"])).total_seconds())
