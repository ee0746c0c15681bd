"""Sessions end at their owner's wish, and repeating does no harm."""

from uuid import uuid4

import pytest

from accounts.errors import AccountSuspended, NotFound, SessionRevoked
from accounts.models import AuditEvent, Session, User
from accounts.principals import Origin, UserPrincipal
from accounts.services import sign_out
from accounts.services.sign_out import LogoutScope
from accounts.tests.support.factories import MakeUser, SignIn, Tokens

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _others(user: User, tokens: Tokens, make_user: MakeUser, sign_in: SignIn) -> None:
    """Two more sessions of `user`, and one of somebody else."""
    sign_in(user)
    sign_in(user)
    sign_in(make_user())


def reasons(user: User) -> list[str]:
    rows = Session.objects.filter(user=user).order_by("created_at", "revocation_reason")
    return sorted(rows.values_list("revocation_reason", flat=True))


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        (LogoutScope.THIS, ["", "", "logout"]),
        (LogoutScope.OTHERS, ["", "other_device", "other_device"]),
        (LogoutScope.ALL, ["logout", "logout", "logout"]),
    ],
)
@pytest.mark.parametrize("by", ["access", "refresh"])
def test_the_scope_says_which_sessions_end(
    user: User, tokens: Tokens, origin: Origin, scope: LogoutScope, left: list[str], by: str
) -> None:
    def leave() -> None:
        if by == "access":
            sign_out.sign_out(access=tokens.access, refresh=None, scope=scope, origin=origin)
        else:
            sign_out.sign_out(access=None, refresh=tokens.refresh, scope=scope, origin=origin)

    leave()
    assert reasons(user) == left
    leave()
    assert reasons(user) == left
    assert Session.objects.open().exclude(user=user).count() == 1
    assert AuditEvent.objects.filter(type="sessions.revoked").count() == 1


def test_an_ended_session_ends_no_others(user: User, tokens: Tokens, origin: Origin) -> None:
    sign_out.sign_out(access=tokens.access, refresh=None, scope=LogoutScope.THIS, origin=origin)
    for scope in (LogoutScope.OTHERS, LogoutScope.ALL):
        with pytest.raises(SessionRevoked):
            sign_out.sign_out(access=tokens.access, refresh=None, scope=scope, origin=origin)
    assert reasons(user) == ["", "", "logout"]


def test_the_suspended_leave_quietly_or_are_told(user: User, tokens: Tokens, origin: Origin) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    sign_out.sign_out(access=tokens.access, refresh=None, scope=LogoutScope.THIS, origin=origin)
    with pytest.raises(AccountSuspended):
        sign_out.sign_out(access=tokens.access, refresh=None, scope=LogoutScope.ALL, origin=origin)


def test_a_session_of_ones_own_can_be_ended_by_id(user: User, actor: UserPrincipal, origin: Origin) -> None:
    other = sign_out.open_sessions(actor).exclude(pk=actor.session_id).first()
    assert other is not None
    sign_out.end_session(other.pk, actor=actor, origin=origin)
    sign_out.end_session(other.pk, actor=actor, origin=origin)
    assert sign_out.open_sessions(actor).count() == 2
    assert AuditEvent.objects.get(type="sessions.revoked").session == other.pk


def test_a_session_of_somebody_else_is_not_found_as_none_is(user: User, actor: UserPrincipal, origin: Origin) -> None:
    foreign = Session.objects.exclude(user=user).get()
    for session_id in (foreign.pk, uuid4()):
        with pytest.raises(NotFound):
            sign_out.end_session(session_id, actor=actor, origin=origin)
    assert Session.objects.open().filter(pk=foreign.pk).exists()
