"""What a token is, and the sentence why it is refused. Changes nothing: no rotation, no end, no event, no count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from django.db import DatabaseError, InterfaceError

from accounts.conf import auth_settings
from accounts.errors import (
    InvalidRefreshToken,
    RefreshTokenReused,
    Refusal,
    SessionRevoked,
    TemporarilyUnavailable,
    Unavailable,
)
from accounts.keys.ring import ring
from accounts.models import Session
from accounts.services import refreshing
from accounts.services.explaining import dissection, flaws, moments
from accounts.services.explaining import evidence as known
from accounts.services.explaining.dissection import Dissection, shown
from accounts.services.explaining.evidence import Evidence
from accounts.tokens import standing, verifying
from accounts.tokens.claims import RefreshClaims

UNREAD: Final = "can't be looked up now"


class Outcome(StrEnum):
    GOOD = "Good"
    REFUSED = "Refused"
    UNKNOWN = "Can't tell"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`code` is what the gate answers, empty when it is good."""

    outcome: Outcome
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """`header` and `claims` as sent, None where they don't read; `findings` by their subject, unless there are none."""

    kind: str
    header: Mapping[str, Any] | None
    claims: Mapping[str, Any] | None
    findings: Mapping[str, str]
    verdict: Verdict


def explain(unverified_token: str) -> Explanation:
    """Any text at all. A refresh token is judged as `refresh` would, everything else as `identify` would."""
    parts = dissection.dissect(unverified_token)
    try:
        evidence = known.gather(parts)
    except (DatabaseError, InterfaceError):
        evidence = None
    return Explanation(
        kind=parts.kind,
        header=parts.header,
        claims=parts.claims,
        findings=_findings(parts, evidence),
        verdict=_judge(unverified_token, parts, evidence),
    )


def _judge(token: str, parts: Dissection, evidence: Evidence | None) -> Verdict:
    try:
        return _judge_refresh(token, parts, evidence) if parts.is_refresh else _judge_access(token, parts, evidence)
    except Unavailable as exc:
        return Verdict(Outcome.UNKNOWN, exc.code, exc.detail)
    except (DatabaseError, InterfaceError):
        return Verdict(Outcome.UNKNOWN, TemporarilyUnavailable.code, "The database does not answer.")


def _judge_access(token: str, parts: Dissection, evidence: Evidence | None) -> Verdict:
    try:
        standing.read(verifying.verify_access(token).principal)
    except Unavailable:
        raise
    except Refusal as exc:
        return _refused(exc, next(flaws.of_access(token, parts, evidence), exc.detail))
    holder = "client" if parts.is_service else "session"
    return Verdict(Outcome.GOOD, "", f"its signature, dates and names hold, and its {holder} stands")


def _judge_refresh(token: str, parts: Dissection, evidence: Evidence | None) -> Verdict:
    ring.can_sign()  # asked first by every refresh; raises when a key can't be read
    try:
        refreshing.holder(token)
    except InvalidRefreshToken as exc:
        return _refused(exc, next(flaws.of_refresh(token, parts, evidence), exc.detail))
    if evidence is None or evidence.session is None:
        raise TemporarilyUnavailable(retry_after=1)  # it was there a moment ago, or will be in a moment
    if over := flaws.of_standing(evidence, expired=InvalidRefreshToken):
        return _refused(*over)
    return _judge_generation(verifying.read_refresh(token).unverified_claims, evidence.session, evidence)


def _judge_generation(claims: RefreshClaims, session: Session, evidence: Evidence) -> Verdict:
    """As `refreshing` decides, without what follows there."""
    sent, head, grace = claims.generation, session.generation, auth_settings.refresh_grace
    if sent == head:
        return Verdict(Outcome.GOOD, "", f"generation {sent} is the head; a refresh answers with the next")
    if sent > head:
        lost = "writes were lost, as when a backup is restored; a refresh would end the session"
        return _refused(SessionRevoked, f"generation {sent}, the head is {head}: {lost}")
    rotated = moments.told(session.rotated_at, now=evidence.now)
    superseded = f"superseded; generation {sent}, the head is {head} since {rotated}"
    if sent == head - 1 and session.read_at - session.rotated_at <= grace:
        return Verdict(
            Outcome.GOOD, "", f"{superseded}; within {grace.seconds} s a refresh answers with the head again"
        )
    if session.read_at - datetime.fromtimestamp(claims.issued_at + 1, UTC) <= grace:
        return _refused(InvalidRefreshToken, f"{superseded}; so young that it is refused without harm")
    return _refused(RefreshTokenReused, f"{superseded}; a refresh would end the session as stolen")


def _refused(refusal: Refusal | type[Refusal], sentence: str) -> Verdict:
    return Verdict(Outcome.REFUSED, refusal.code, sentence)


def _findings(parts: Dissection, evidence: Evidence | None) -> dict[str, str]:
    findings: dict[str, str] = {}
    if parts.header is not None:
        findings["key"] = f"{shown(parts.header.get('kid'))} {_key(evidence)}"
    if parts.claims is not None:
        audience = [auth_settings.issuer] if parts.is_refresh else auth_settings.audience
        findings["issuer"] = f"sent {flaws.sent(parts.claims, 'iss')}, wanted {shown(auth_settings.issuer)}"
        findings["audience"] = f"sent {flaws.sent(parts.claims, 'aud')}, wanted one of {shown(audience)}"
        findings |= _holder(parts.claims, evidence, is_service=parts.is_service)
    return findings


def _holder(claims: Mapping[str, Any], evidence: Evidence | None, *, is_service: bool) -> dict[str, str]:
    """Whom the token speaks for, and what ends it."""
    person = (("session", "sid", known.session_in_words), ("user", "sub", known.user_in_words))
    service = (("client", "sub", known.client_in_words), ("epoch", "sid", known.epoch_in_words))
    return {
        subject: f"{flaws.sent(claims, name)} {in_words(evidence) if evidence else UNREAD}"
        for subject, name, in_words in (service if is_service else person)
    }


def _key(evidence: Evidence | None) -> str:
    if evidence is None:
        return UNREAD
    key = evidence.key
    of_what = "" if key is None else f"({key.algorithm}, for {key.purpose} tokens) "
    return of_what + known.key_in_words(evidence)
