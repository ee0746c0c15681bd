"""Renews a session: the next refresh token and a new access token, for exactly one of any number of callers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from accounts import audit, metrics
from accounts.conf import auth_settings
from accounts.errors import AccountSuspended, InvalidRefreshToken, RefreshTokenReused, Refusal, SessionRevoked
from accounts.models import EventType, Outcome, RevocationReason, Session
from accounts.principals import Nobody, Origin, UserPrincipal
from accounts.services import revocation
from accounts.services.signing_keys import keys
from accounts.services.transactions import transactional
from accounts.tokens import compact, issuing, verifying
from accounts.tokens.claims import RefreshClaims
from accounts.tokens.issuing import TokenPair
from accounts.tokens.verifying import UnverifiedRefreshToken


@dataclass(frozen=True, slots=True)
class Proof:
    """Somebody has shown a refresh token of this session, of whatever generation; `authenticate` makes it."""

    session: Session
    claims: RefreshClaims


def refresh(*, unverified_token: str, origin: Origin) -> TokenPair:
    """Raises InvalidRefreshToken, RefreshTokenReused (which ends the session), SessionRevoked, AccountSuspended or
    TokenTooLarge.
    """
    keys.ensure_first_keys()
    with _refusals_told():
        proof = authenticate(verifying.read_refresh(unverified_token))
        session = _renew(proof, origin, compact.MAX_LENGTH)
    return _renewed(session)


def renew_newest(*, unverified_token: str) -> TokenPair | None:
    """As `refresh`, where nothing is to be decided or waited for: it is the newest token of a session that goes on.
    None for every other, with nothing written or told. Raises Refusal as well, of which nothing is told either.
    """
    keys.ensure_first_keys()
    proof = authenticate(verifying.read_refresh(unverified_token))
    session, generation = proof.session, proof.claims.generation
    if generation != session.generation or not issuing.has_room(session, at_most=compact.MAX_LENGTH):
        return None
    return _renewed(session) if _advance(session, generation, is_patient=False) else None


def renew(proof: Proof, *, origin: Origin, max_access_length: int = compact.MAX_LENGTH) -> TokenPair:
    """As `refresh`, for who has authenticated already."""
    keys.ensure_first_keys()
    with _refusals_told():
        session = _renew(proof, origin, max_access_length)
    return _renewed(session)


def _renewed(session: Session) -> TokenPair:
    metrics.REFRESHES.labels("renewed").inc()
    actor = UserPrincipal(user_id=session.user_id, session_id=session.pk)
    audit.tell(EventType.REFRESH, Outcome.SUCCESS, actor=actor, subject=session.user_id, session=session.pk)
    return issuing.issue(session, at=session.read_at)


def holder(unverified_token: str) -> UserPrincipal:
    """Who holds this refresh token, of whatever generation. InvalidRefreshToken when it is not ours."""
    session = authenticate(verifying.read_refresh(unverified_token)).session
    return UserPrincipal(user_id=session.user_id, session_id=session.pk)


def authenticate(unverified: UnverifiedRefreshToken) -> Proof:
    """InvalidRefreshToken when it is not ours, or nothing is left of its session."""
    if (proof := find_proof(unverified)) is None:
        raise InvalidRefreshToken
    return proof


def find_proof(unverified: UnverifiedRefreshToken) -> Proof | None:
    """None where nothing is left of its session. InvalidRefreshToken when it is not ours."""
    session = Session.objects.find_whole(unverified.session_id, unverified.unverified_claims.subject)
    if session is None:
        return None
    return Proof(session, verifying.verify_refresh(unverified, session_secret=bytes(session.secret)))


@contextmanager
def _refusals_told() -> Iterator[None]:
    try:
        yield
    except Refusal as refusal:
        metrics.REFRESHES.labels(refusal.code).inc()
        audit.tell(EventType.REFRESH, Outcome.FAILURE, actor=Nobody(), reason=refusal.code)
        raise


def _renew(proof: Proof, origin: Origin, max_access_length: int) -> Session:
    session, generation = proof.session, proof.claims.generation
    if generation == session.generation and _over(session) is None:
        issuing.require_room(session, at_most=max_access_length)
    if _advance(session, generation):
        return session
    outcome = _decide_superseded(proof.claims, origin)
    if isinstance(outcome, Refusal):
        raise outcome
    return outcome


def _advance(session: Session, generation: int, *, is_patient: bool = True) -> bool:
    """One statement decides: of parallel callers with one token, its condition on the generation lets one through."""
    expires_at = min(session.read_at + auth_settings.refresh_idle_lifetime, session.absolute_expires_at)
    dates = {"rotated_at": session.read_at, "expires_at": expires_at}
    if not Session.objects.advance(session.pk, generation=generation, is_patient=is_patient, **dates):
        return False
    session.generation, session.rotated_at, session.expires_at = generation + 1, session.read_at, expires_at
    return True


@transactional
def _decide_superseded(claims: RefreshClaims, origin: Origin) -> Session | Refusal:
    """Why the token is not the head: a lost answer, a slow sibling, an ended session, theft, or lost writes.

    Refusals are returned, because raising would undo the end of the session.
    """
    revocation.lock_user(claims.subject)
    session = Session.objects.find_whole(claims.session_id, claims.subject)
    if session is None:
        return InvalidRefreshToken()
    if refusal := _over(session):
        return refusal
    if claims.generation > session.generation:
        _end(session, RevocationReason.STATE_LOST, origin)
        return SessionRevoked()
    if claims.generation == session.generation and _advance(session, claims.generation):
        return session  # it is the head: it was refused a moment ago for a state that has passed
    if claims.generation == session.generation - 1 and _is_young(session.rotated_at, session):
        return session
    if _is_young(datetime.fromtimestamp(claims.issued_at + 1, UTC), session):
        return InvalidRefreshToken()
    _end(session, RevocationReason.REFRESH_TOKEN_REUSED, origin)
    return RefreshTokenReused(session.rotated_at)


def _over(session: Session) -> Refusal | None:
    if session.user.deletion_requested_at is not None:
        return SessionRevoked()
    if not session.user.may_come_in(session.read_at):
        return AccountSuspended()
    if session.revoked_at is not None or session.credentials_version != session.user.credentials_version:
        return SessionRevoked()
    return InvalidRefreshToken() if session.expires_at <= session.read_at else None


def _is_young(moment: datetime, session: Session) -> bool:
    """Within the grace, by the database's clock."""
    return session.read_at - moment <= auth_settings.refresh_grace


def _end(session: Session, reason: RevocationReason, origin: Origin) -> None:
    revocation.revoke_locked(
        session.user_id, [session.pk], reason, actor=UserPrincipal(session.user_id, session.pk), origin=origin
    )
