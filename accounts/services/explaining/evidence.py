"""What this service holds about the key that a token names, and its session and user or its client; read only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from accounts.keys.key import kept_until
from accounts.models import Deletion, ServiceClient, Session, SigningKey, Suspension, User
from accounts.services.explaining import moments
from accounts.services.explaining.dissection import Dissection, shown

THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{1,43}")


class KeyStage(StrEnum):
    PUBLISHED = "published"
    SIGNING = "signing"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown here"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The session is whole and of that user, as the gates ask for it; `user` also without such a session."""

    now: datetime
    key: SigningKey | None
    session: Session | None = None
    user: User | None = None
    suspension: Suspension | None = None
    deletion: Deletion | None = None
    """Of whoever is gone."""
    is_others_session: bool = False
    client: ServiceClient | None = None
    """Of a service's own token, which has nothing of the above but the key."""
    is_present_epoch: bool = False

    @property
    def stage(self) -> KeyStage:
        if self.key is None:
            return KeyStage.UNKNOWN
        if self.key.withdrawn_at is not None:
            return KeyStage.WITHDRAWN
        if self.key.signing_from is None or self.key.signing_from > self.now:
            return KeyStage.PUBLISHED
        is_over = self.key.signing_until is not None and self.key.signing_until <= self.now
        return KeyStage.RETIRED if is_over else KeyStage.SIGNING


def gather(parts: Dissection) -> Evidence:
    """By the names in an unverified token. Raises DatabaseError or InterfaceError."""
    key, claims = _key((parts.header or {}).get("kid")), parts.claims or {}
    return _gather_of_service(key, claims) if parts.is_service else _gather_of_person(key, claims)


def _gather_of_service(key: SigningKey | None, claims: Mapping[str, Any]) -> Evidence:
    client = ServiceClient.objects.named(claims["sub"]).first()
    is_present = client is not None and client.epoch == _uuid(claims.get("sid"))
    return Evidence(now=timezone.now(), key=key, client=client, is_present_epoch=is_present)


def _gather_of_person(key: SigningKey | None, claims: Mapping[str, Any]) -> Evidence:
    session_id, user_id = _uuid(claims.get("sid")), _uuid(claims.get("sub"))
    whole = Session.objects.find_whole(session_id, user_id) if session_id and user_id else None
    user = User.objects.filter(pk=user_id).first() if user_id else None
    return Evidence(
        now=timezone.now(),
        key=key,
        session=whole,
        user=whole.user if whole else user,
        suspension=Suspension.objects.filter(user=user, lifted_at__isnull=True).first() if user else None,
        deletion=Deletion.objects.filter(user_id=user_id).first() if user_id and not user else None,
        is_others_session=session_id is not None and whole is None and Session.objects.filter(pk=session_id).exists(),
    )


def _key(kid: object) -> SigningKey | None:
    """Only what could be a name is looked up: PostgreSQL takes no NUL, and no half of a surrogate pair."""
    return SigningKey.objects.filter(pk=kid).first() if isinstance(kid, str) and THUMBPRINT.fullmatch(kid) else None


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def key_in_words(evidence: Evidence) -> str:
    """`was withdrawn at 2026-11-21T14:20:38Z, 3 minutes ago`, and the like for each stage."""
    key, stage = evidence.key, evidence.stage
    if key is None:
        return f"is {stage}"
    match stage:
        case KeyStage.WITHDRAWN:
            return f"was {stage} at {_told(key.withdrawn_at, evidence)}"
        case KeyStage.RETIRED:
            until = f"what it signed is taken until {_told(kept_until(key), evidence)}"
            return f"was {stage} at {_told(key.signing_until, evidence)}; {until}"
        case KeyStage.SIGNING:
            return f"has been {stage} since {_told(key.signing_from, evidence)}"
        case _:
            return f"was {stage} at {_told(key.published_at, evidence)}, and does not sign yet"


def session_in_words(evidence: Evidence) -> str:
    session = evidence.session
    if session is None:
        return "is another user's" if evidence.is_others_session else "is unknown here, or was removed after its end"
    if session.revoked_at is not None:
        return (
            f"was ended ({session.revocation_reason or 'for no reason given'}) at {_told(session.revoked_at, evidence)}"
        )
    if session.credentials_version != session.user.credentials_version:
        versions = f"{session.credentials_version}, and its user's is {session.user.credentials_version} since"
        return f"was opened with credentials_version {versions}: the password has changed"
    if session.ends_at <= session.read_at:
        return f"expired at {_told(session.ends_at, evidence)}"
    return f"is open until {_told(session.ends_at, evidence)}; its head is generation {session.generation}"


def user_in_words(evidence: Evidence) -> str:
    user, suspension, deletion = evidence.user, evidence.suspension, evidence.deletion
    if deletion is not None and deletion.completed_at is not None:
        return f"was deleted at {_told(deletion.completed_at, evidence)}"
    if deletion is not None:  # somebody took the row away before its time
        return f"is gone, and its deletion is under way since {_told(deletion.requested_at, evidence)}"
    if user is None:
        return "is unknown here"
    if user.deletion_requested_at is not None:
        return f"has been in deletion since {_told(user.deletion_requested_at, evidence)}"
    if user.is_active:
        return _active_in_words(user, evidence)
    if suspension is None:
        return "is suspended, by a change that left no record"
    until = "" if suspension.until is None else f"; until {_told(suspension.until, evidence)}"
    return f"was suspended by {shown(suspension.actor)} at {_told(suspension.created_at, evidence)}{until}"


def _active_in_words(user: User, evidence: Evidence) -> str:
    """By the database's time where there is one, as the gates go by it."""
    now = evidence.session.read_at if evidence.session else evidence.now
    if user.has_expired(now):
        return f"expired at {_told(user.expires_at, evidence)}"
    until = "" if user.expires_at is None else f" until {_told(user.expires_at, evidence)}"
    return f"is active{until}, with credentials_version {user.credentials_version}"


def client_in_words(evidence: Evidence) -> str:
    client = evidence.client
    if client is None:
        return "is unknown here, or was removed"
    state = "active" if client.is_active else "disabled"
    scopes = f"the scopes {shown(' '.join(client.scopes))}" if client.scopes else "no scopes"
    return f"is {shown(client.name)}, {state}, with {scopes}"


def epoch_in_words(evidence: Evidence) -> str:
    if evidence.client is None:
        return "is no epoch of a client here"
    if evidence.is_present_epoch:
        return "is its client's present epoch"
    return "is no present epoch of its client: its tokens were ended since"


def _told(moment: datetime | None, evidence: Evidence) -> str:
    return "no date" if moment is None else moments.told(moment, now=evidence.now)
