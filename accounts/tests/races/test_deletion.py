"""One deletion however many ask for it, see it through, or try to come in at once; and nobody is in afterwards."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from pytest_django import Settings

from accounts.errors import InvalidCredentials, InvalidRefreshToken, SessionRevoked
from accounts.models import AuditContext, AuditEvent, Deletion, Notice, Session, User
from accounts.principals import Origin, System
from accounts.services import refreshing, sign_in
from accounts.services.deleting import deletion, erasure
from accounts.services.sign_in import SignedIn
from accounts.services.signing_keys import keys
from accounts.tests.races.crew import crew
from accounts.tests.support import consumers, factories
from accounts.tests.support.factories import PASSWORD

pytestmark = [pytest.mark.postgresql, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

ROUNDS = 25
ORIGIN = Origin(address="192.0.2.7", user_agent="race")


def enter(email: str) -> str:
    """A refresh token, if there was one to be had."""
    with suppress(InvalidCredentials):
        outcome = sign_in.sign_in(email=email, password=PASSWORD, origin=ORIGIN)
        assert isinstance(outcome, SignedIn)
        return outcome.tokens.refresh
    return ""


def stay(token: str) -> None:
    with suppress(SessionRevoked, InvalidRefreshToken):
        for _ in range(3):
            token = refreshing.refresh(unverified_token=token, origin=ORIGIN).refresh


@pytest.mark.parametrize("is_awaited", [False, True])
def test_all_at_once_are_one_deletion_and_leave_nobody_in(settings: Settings, *, is_awaited: bool) -> None:
    settings.AUTH_LOGIN_LIMITS = "account=900000/1d,address=900000/1d"
    keys.ensure_first_keys()
    users: list[User] = []
    tokens: list[str] = []
    orders = consumers.make() if is_awaited else None

    def request() -> None:
        deletion.request(users[-1].pk, actor=System("race"), origin=ORIGIN)

    work: list[Callable[[], object]] = [
        *[request] * 3,
        erasure.advance_deletions,
        erasure.advance_deletions,
        lambda: enter(users[-1].email),
        lambda: enter(users[-1].email),
        lambda: stay(tokens[-1]),
    ]
    with crew(lambda index: work[index](), threads=len(work)) as all_at_once:
        for _ in range(ROUNDS):
            users.append(factories.make_user())
            tokens.append(enter(users[-1].email))
            all_at_once()
            assert not Session.objects.open().filter(user=users[-1]).exists()
            if orders is not None:
                consumers.catch_up(orders)
                erasure.advance_deletions()
    assert not User.objects.exists()
    assert Deletion.objects.filter(completed_at__isnull=False).count() == ROUNDS
    assert Notice.objects.filter(type="user.deleted").count() == ROUNDS
    for event in ("user.deletion_requested", "user.deleted"):
        assert AuditEvent.objects.filter(type=event).count() == ROUNDS
    erasure.sweep()
    assert not AuditContext.objects.exists()
