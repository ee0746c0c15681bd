"""Signs a person in: password, then a session, then, for whoever wants them, its first tokens."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts import audit, identifiers, passwords
from accounts.conf import EmailVerification, auth_settings
from accounts.errors import AccountSuspended, EmailNotVerified, InvalidCredentials, TokenTooLarge
from accounts.models import EventType, KnownNetwork, Outcome, Session, User, prepared_chain
from accounts.models.sessions import RevocationReason
from accounts.models.signing_in import Entrant, surplus_sessions
from accounts.principals import Nobody, Origin, UserPrincipal
from accounts.services import revocation
from accounts.services.signing_keys import keys
from accounts.services.transactions import transactional
from accounts.throttling import attempts
from accounts.tokens import compact, issuing
from accounts.tokens.issuing import TokenPair

AMR: Final = ["pwd"]
"""RFC 8176."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The person is in, by a session of its own."""

    session: Session
    tokens: TokenPair

    @property
    def user(self) -> User:
        return self.session.user


@dataclass(frozen=True, slots=True)
class SecondFactorRequired:
    """The password was right, and is not enough."""


SignInOutcome = SignedIn | SecondFactorRequired


@dataclass(frozen=True, slots=True)
class Terms:
    """On which a session is opened: it ends after `idle` unless it is renewed, and after `absolute` anyway. Its access
    tokens are so long at most; None where nobody gets one.
    """

    idle: timedelta
    absolute: timedelta
    max_access_length: int | None


@dataclass(frozen=True, slots=True)
class _Checked:
    """A user whose password was right a moment ago, and the hash to keep from now on."""

    entrant: Entrant
    new_hash: str

    @property
    def user(self) -> User:
        return self.entrant.user


def sign_in(*, email: str, password: str, origin: Origin, max_access_length: int = compact.MAX_LENGTH) -> SignInOutcome:
    """Raises InvalidCredentials for unknown, wrong, unusable and, where addresses are verified first, new alike; after
    the right password AccountSuspended, EmailNotVerified and TokenTooLarge; TooManyAttempts; Busy."""
    absolute = auth_settings.refresh_absolute_lifetime
    terms = Terms(min(auth_settings.refresh_idle_lifetime, absolute), absolute, max_access_length)
    opened = open_session(email=email, password=password, origin=origin, terms=terms)
    if isinstance(opened, SecondFactorRequired):
        return opened
    return SignedIn(session=opened, tokens=issuing.issue(opened, at=opened.created_at))


def open_session(*, email: str, password: str, origin: Origin, terms: Terms) -> Session | SecondFactorRequired:
    """As `sign_in`, without tokens; TokenTooLarge where the terms speak of some."""
    keys.ensure_first_keys()
    account = identifiers.normalise_email(email)
    entrant = Entrant.find(account, origin)  # the first question to the database, because it also checks the connection
    with (
        audit.limits_told(EventType.SIGN_IN, actor=Nobody()),
        attempts.attempt(account=account, origin=origin, own_count=lambda: _own_count(account, origin)) as attempt,
    ):
        session = _prove_and_open(entrant, password, origin, terms)
        if session is None:
            attempt.failed()
            raise InvalidCredentials
    return session


def _prove_and_open(entrant: Entrant | None, password: str, origin: Origin, terms: Terms) -> Session | None:
    """None for a wrong password. Whoever is changed between the check and the opening is checked once more."""
    for _ in range(2):
        if (checked := _check(entrant, password, origin)) is None:
            return None
        if terms.max_access_length is not None:
            _require_room(checked.user, origin, terms.max_access_length)
        if (session := _open(checked, origin, terms)) is not None:
            return session
        entrant = Entrant.find(checked.user.email, origin)
    return None


def _check(entrant: Entrant | None, password: str, origin: Origin) -> _Checked | None:
    """Takes the time of a hash whether or not there is such an account. Whoever is being deleted has none."""
    user = None if entrant is None else entrant.user
    verdict = passwords.verify(password, user.password if user else None)
    if entrant is None or user is None or not verdict.matches:
        _record_failure(user, origin, reason=InvalidCredentials.code)
        return None
    if not entrant.may_come_in:
        _record_failure(user, origin, reason=AccountSuspended.code)
        raise AccountSuspended
    if auth_settings.email_verification == EmailVerification.REQUIRED and not user.email_verified:
        _record_failure(user, origin, reason=EmailNotVerified.code)
        if user.last_login is None:  # else a stranger's own registration would tell a free address from a taken one
            return None
        raise EmailNotVerified
    return _Checked(entrant, passwords.hash_password(password) if verdict.outdated else user.password)


def _require_room(user: User, origin: Origin, max_access_length: int) -> None:
    """No session is opened by whose token nobody could do anything."""
    try:
        issuing.require_room(Session(user=user, amr=AMR, created_at=timezone.now()), at_most=max_access_length)
    except TokenTooLarge:
        _record_failure(user, origin, reason=TokenTooLarge.code)
        raise


def _open(checked: _Checked, origin: Origin, terms: Terms) -> Session | None:
    """In one transaction, which one statement is by itself.

    None when the password changed, or the user was suspended or expired, in between.
    """
    is_all = prepared_chain.is_one_statement() and not checked.entrant.has_many_sessions
    return _write(checked, origin, terms) if is_all else _write_in_transaction(checked, origin, terms)


def _write(checked: _Checked, origin: Origin, terms: Terms) -> Session | None:
    """The user's row first, on the condition that it still is what was checked: issuing and revoking meet here."""
    user, now = checked.user, timezone.now()
    session = Session(
        user=user,
        credentials_version=user.credentials_version,
        amr=AMR,
        address=origin.address,
        user_agent=origin.user_agent,
        expires_at=now + terms.idle,
        absolute_expires_at=now + terms.absolute,
    )
    principal = UserPrincipal(user_id=user.pk, session_id=session.pk)
    what, subject = (EventType.SIGN_IN, Outcome.SUCCESS), user.pk
    event, context = audit.rows_of(*what, actor=principal, origin=origin, subject=subject, session=session.pk)
    network = None if checked.entrant.is_noted_here else KnownNetwork.of(user.pk, origin)
    rows = {"session": session, "network": network, "event": event, "context": context}
    written = {name: row for name, row in rows.items() if row is not None}
    if not checked.entrant.open(written, at=now, new_hash=checked.new_hash):
        return None
    user.last_login = now
    if checked.entrant.has_many_sessions:
        _end_the_oldest(principal, origin)
    transaction.on_commit(partial(audit.tell, *what, actor=principal, subject=subject, session=session.pk))
    return session


_write_in_transaction: Final = transactional(_write)


def _end_the_oldest(caller: UserPrincipal, origin: Origin) -> None:
    """A person has at most so many open sessions; the oldest goes."""
    if surplus := surplus_sessions(caller.user_id):
        reason = RevocationReason.TOO_MANY_SESSIONS
        revocation.revoke_locked(caller.user_id, surplus, reason, actor=caller, origin=origin)


def _own_count(account: str, origin: Origin) -> str | None:
    """An owner whom strangers would lock out comes from where they have signed in before."""
    return origin.network if KnownNetwork.objects.knows(account, origin) else None


@transactional
def _record_failure(user: User | None, origin: Origin, *, reason: str) -> None:
    """A row where it concerns somebody; what strangers type about nobody leaves a line and a count, as slowly."""
    if user is None:
        audit.tell_as_slowly(EventType.SIGN_IN, Outcome.FAILURE, origin=origin, reason=reason)
        return
    audit.record(
        EventType.SIGN_IN,
        Outcome.FAILURE,
        actor=Nobody(),
        origin=origin,
        subject=user.pk,
        email=user.email,
        reason=reason,
    )
