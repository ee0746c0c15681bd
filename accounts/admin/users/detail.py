"""What a person's page tells beside the form: who they are, their sessions, suspensions, and what happened."""

from typing import Any, Final

from django.http import HttpRequest

from accounts.admin import cells, doorway
from accounts.admin.cells import NOTHING
from accounts.admin.users.listing import state
from accounts.models import AuditEvent, Session, Suspension, User
from accounts.services import suspension
from accounts.services.administration import sessions
from accounts.services.auditing import events
from accounts.services.authorisation import Action

NEWEST: Final = 20
"""Of each, newest first; the API has the rest, page by page."""

Table = dict[str, Any]


def facts(person: User) -> list[tuple[str, Any]]:
    return [
        ("State", state(person)),
        ("Id", cells.mono(person.pk)),
        ("E-mail verified", "Yes" if person.email_verified else "No"),
        ("Password", "Set" if person.has_usable_password() else "None yet"),
        ("Joined", cells.moment(person.date_joined)),
        ("Last sign-in", cells.moment(person.last_login)),
        ("Last change", cells.moment(person.updated_at)),
        ("Version", cells.mono(person.version)),
    ]


def tables(request: HttpRequest, person: User) -> list[dict[str, Any]]:
    """Those that whoever asks may see."""
    asked = [
        (Action.READ_SESSIONS, "Open sessions", _sessions, "Nobody is signed in with this account."),
        (Action.READ_SUSPENSIONS, "Suspensions", _suspensions, "Never suspended."),
        (Action.READ_AUDIT, "What happened", _events, "Nothing is on record."),
    ]
    return [
        {"title": title, "table": read(request, person), "empty": empty}
        for action, title, read, empty in asked
        if doorway.may(request, action)
    ]


def _sessions(request: HttpRequest, person: User) -> Table:
    rows = sessions.open_of(person.pk, actor=doorway.caller_of(request))[:NEWEST]
    own = doorway.caller_of(request).session_id
    headers = ["Began", "Last used", "Ends", "Address", "Browser or app", "Id"]
    return {"headers": headers, "rows": [_session(row, is_own=row.pk == own) for row in rows]}


def _session(row: Session, *, is_own: bool) -> list[Any]:
    return [
        cells.moment(row.created_at),
        cells.moment(row.rotated_at),
        cells.moment(row.expires_at),
        cells.whole(row.address or NOTHING),
        row.user_agent or NOTHING,
        cells.label("This one", "info") if is_own else cells.mono(row.pk),
    ]


def _suspensions(request: HttpRequest, person: User) -> Table:
    history = suspension.history(person.pk, actor=doorway.caller_of(request)).order_by("-created_at", "-pk")
    headers = ["From", "Reason", "By", "Until", "Lifted", "Lifted by"]
    return {"headers": headers, "rows": [_suspension(row) for row in history[:NEWEST]]}


def _suspension(row: Suspension) -> list[Any]:
    return [
        cells.moment(row.created_at),
        row.reason or NOTHING,
        cells.mono(row.actor),
        cells.moment(row.until),
        cells.moment(row.lifted_at),
        cells.mono(row.lifted_by or NOTHING),
    ]


def _events(request: HttpRequest, person: User) -> Table:
    found = events.listed({"subject": person.pk}, actor=doorway.caller_of(request)).order_by("-occurred_at", "-pk")
    headers = ["When", "What", "Outcome", "By", "From", "More"]
    return {"headers": headers, "rows": [_event(row) for row in found[:NEWEST]]}


def _event(row: AuditEvent) -> list[Any]:
    context = getattr(row, "context", None)
    return [
        cells.moment(row.occurred_at),
        cells.whole(row.type),
        cells.label("Success", "success") if row.outcome == "success" else cells.label("Failure", "danger"),
        cells.mono(row.actor or NOTHING),
        cells.whole((context and context.address) or NOTHING),
        cells.pairs(row.data),
    ]
