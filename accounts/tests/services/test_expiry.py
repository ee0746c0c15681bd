"""An account that is over is as one that is suspended, from the very moment on; the worker only tells of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from accounts.errors import AccountSuspended, InvalidInput, NotFound, PermissionDenied, Refusal, SessionRevoked
from accounts.models import AuditEvent, DelayedDeletion, MailKind, Notice, Session, Suspension, User
from accounts.principals import Origin, Principal, System, UserPrincipal
from accounts.services import confirmation, expiry, identification, reconciliation, rounds, sign_in, suspension
from accounts.services.deleting import deletion
from accounts.services.reconciliation import SuspensionReconciliation
from accounts.services.sign_in import SignedIn
from accounts.tests.support import codes
from accounts.tests.support.factories import PASSWORD, MakeUser, Tokens
from accounts.tests.support.forging import claims_of
from accounts.tests.support.mailed_flows import stay
from accounts.tests.support.staff import make_staff, make_superuser

pytestmark = pytest.mark.django_db

OPERATOR = System("test")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _turns_that_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, too."""
    monkeypatch.setattr(rounds, "TURN_SECONDS", 60)


def end(user: User, after: timedelta | None, actor: Principal = OPERATOR) -> User:
    """None: never."""
    at = None if after is None else timezone.now() + after
    return expiry.set_expiry(user.pk, at, actor=actor, origin=Origin())


def end_now(user: User, actor: Principal = OPERATOR) -> User:
    return expiry.set_expiry(user.pk, timezone.now(), actor=actor, origin=Origin())


def let_pass(user: User) -> None:
    """Its end was set long ago."""
    User.objects.filter(pk=user.pk).update(expires_at=timezone.now() - HOUR)


def suspend(user: User, until: datetime | None = None) -> User:
    return suspension.suspend(user.pk, reason="case 4711", until=until, actor=OPERATOR, origin=Origin())


def types() -> list[str]:
    return list(Notice.objects.order_by("seq", "occurred_at").values_list("type", flat=True))


def enter(user: User) -> SignedIn:
    outcome = sign_in.sign_in(email=user.email, password=PASSWORD, origin=Origin())
    assert isinstance(outcome, SignedIn)
    return outcome


def refusal_of(token: str) -> type[Refusal] | None:
    try:
        identification.identify(token)
    except Refusal as refusal:
        return type(refusal)
    return None


def test_an_end_that_is_to_come_is_told_and_keeps_nobody_out(user: User, tokens: Tokens) -> None:
    changed = end(user, HOUR)
    assert (changed.is_active, changed.version, changed.credentials_version) == (True, user.version + 1, 1)
    assert [(notice.type, notice.data) for notice in Notice.objects.all()] == [
        ("user.updated", {"version": changed.version})
    ]
    assert not Suspension.objects.exists()
    assert refusal_of(tokens.access) is None
    assert refusal_of(enter(user).tokens.access) is None
    event = AuditEvent.objects.get(type="user.updated")
    assert changed.expires_at is not None
    told = f"{changed.expires_at:%Y-%m-%dT%H:%M:%SZ}"
    assert (event.actor, event.subject, event.data) == (
        "system:test",
        user.pk,
        {"fields": "expires_at", "expires_at": told},
    )


def test_tokens_handed_out_from_then_on_end_with_the_account(user: User) -> None:
    end(user, timedelta(minutes=2))
    user.refresh_from_db()
    assert user.expires_at is not None
    last_second = int(user.expires_at.timestamp())
    tokens = enter(user).tokens
    assert claims_of(tokens.access)["exp"] == claims_of(tokens.refresh)["exp"] == last_second
    assert tokens.expires_in == tokens.refresh_expires_in <= 120


@pytest.mark.django_db(transaction=True)
def test_an_end_in_the_past_suspends_at_once(user: User, tokens: Tokens) -> None:
    assert refusal_of(tokens.access) is None  # and so remembered
    ended = end_now(user)
    assert (ended.is_active, ended.version) == (False, user.version + 2)
    assert refusal_of(tokens.access) is AccountSuspended
    assert types() == ["sessions.revoked", "user.updated", "user.suspended"]
    opened = Suspension.objects.get()
    assert (opened.actor, opened.reason, opened.until) == ("system:expiry", "The account has expired.", None)
    assert Session.objects.get().revocation_reason == "expiry_changed"


@pytest.mark.django_db(transaction=True)
def test_whose_account_ends_is_out_without_any_worker_and_told_of_by_it(user: User, tokens: Tokens) -> None:
    let_pass(user)
    with pytest.raises(AccountSuspended):
        enter(user)
    assert types() == []
    assert expiry.suspend_expired() == 1
    assert not User.objects.get().is_active
    assert types() == ["sessions.revoked", "user.suspended"]
    assert AuditEvent.objects.get(type="user.suspended").actor == "system:expiry"
    assert expiry.suspend_expired() == SuspensionReconciliation().reconcile_suspensions() == 0


def test_the_worker_leaves_everybody_else_alone(user: User, make_user: MakeUser) -> None:
    end(make_user(), HOUR)
    let_pass(suspend(make_user()))
    let_pass(make_user(deletion_requested_at=timezone.now()))
    said = types()
    assert expiry.suspend_expired() == 0
    assert types() == said


def test_each_is_looked_at_again_under_its_own_lock(user: User) -> None:
    let_pass(user)
    assert list(User.objects.expired()) == [user]
    end(user, HOUR)
    assert not expiry._suspend_expired(user.pk)
    assert User.objects.get().is_active


def test_many_at_once_are_suspended_in_turns(make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "BATCH", 2)
    for _ in range(5):
        let_pass(make_user())
    assert [expiry.suspend_expired() for _ in range(4)] == [2, 2, 1, 0]
    assert types() == ["user.suspended"] * 5


@pytest.mark.parametrize("after", [HOUR, None])
def test_another_end_lifts_the_suspension_of_the_one_that_was_over(user: User, after: timedelta | None) -> None:
    end_now(user)
    again = end(user, after)
    assert again.is_active
    past = Suspension.objects.get()
    assert (past.actor, past.lifted_by) == ("system:expiry", "system:test")
    assert types()[-2:] == ["user.updated", "user.reinstated"]
    assert refusal_of(enter(user).tokens.access) is None


@pytest.mark.parametrize("suspended_first", [True, False])
def test_another_end_lifts_no_other_suspension(user: User, suspended_first: bool) -> None:
    if suspended_first:
        suspend(user)
    end_now(user)
    if not suspended_first:
        suspend(user)
    assert not end(user, None).is_active
    assert Suspension.objects.open().get().reason == "case 4711"
    assert suspension.reinstate(user.pk, actor=OPERATOR, origin=Origin()).is_active


def test_the_same_end_again_changes_nothing(user: User) -> None:
    at = timezone.now() + HOUR
    for _ in range(2):
        changed = expiry.set_expiry(user.pk, at, actor=OPERATOR, origin=Origin())
    assert changed.version == user.version + 1
    assert types() == ["user.updated"]
    let_pass(user)
    user.refresh_from_db()
    assert not expiry.set_expiry(user.pk, user.expires_at, actor=OPERATOR, origin=Origin()).is_active


@pytest.mark.django_db(transaction=True)
def test_who_has_tokens_that_would_outlive_the_account_signs_in_once_more(user: User, tokens: Tokens) -> None:
    """Those who verify by keys alone would take them; and nobody knows whether a worker runs."""
    changed = end(user, timedelta(minutes=2))
    assert changed.credentials_version == 2
    assert refusal_of(tokens.access) is SessionRevoked
    assert Session.objects.get().revocation_reason == "expiry_changed"
    assert types() == ["sessions.revoked", "user.updated"]
    again = enter(user).tokens
    assert refusal_of(again.access) is None
    end(user, timedelta(minutes=4))  # later than all that was handed out
    assert refusal_of(again.access) is None
    end(user, HOUR)
    end(user, timedelta(minutes=10))  # later than all that could be
    assert refusal_of(again.access) is None


def test_a_sign_in_that_began_before_the_end_was_set_is_checked_once_more(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows of no end, and would hand out a token that outlives the account."""
    open_session, waiting = sign_in._open, [lambda: end(user, timedelta(minutes=1))]

    def open_late(*args: Any) -> Session | None:
        if waiting:
            waiting.pop()()
        return open_session(*args)

    monkeypatch.setattr(sign_in, "_open", open_late)
    assert enter(user).tokens.expires_in <= 60


def test_reinstating_whose_account_is_over_is_refused_with_what_would_help(user: User) -> None:
    for out in (let_pass, end_now):
        out(user)
        with pytest.raises(InvalidInput) as refused:
            suspension.reinstate(user.pk, actor=OPERATOR, origin=Origin())
        assert [(error.field, error.code) for error in refused.value.errors] == [("expires_at", "over")]
    assert not User.objects.get().is_active


def test_whose_suspension_is_over_stays_out_where_the_account_is_over_too(user: User) -> None:
    suspend(user, until=timezone.now() + HOUR)
    let_pass(user)
    Suspension.objects.update(until=timezone.now() - HOUR)
    assert reconciliation.lift_ended() == 1
    assert not User.objects.get().is_active
    assert Suspension.objects.open().get().actor == "system:expiry"
    assert "user.reinstated" not in types()
    assert reconciliation.lift_ended() == 0
    assert end(user, HOUR).is_active


def test_whoever_is_made_active_behind_the_services_back_is_suspended_again(user: User) -> None:
    end_now(user)
    User.objects.update(is_active=True)
    assert SuspensionReconciliation().reconcile_suspensions() == 1
    assert not User.objects.get().is_active
    assert "user.reinstated" not in types()
    assert SuspensionReconciliation().reconcile_suspensions() == expiry.suspend_expired() == 0


def test_cancelling_a_deletion_does_not_outlive_the_account(
    user: User, actor: UserPrincipal, origin: Origin, settings: Settings
) -> None:
    settings.AUTH_DELETION_DELAY = 3600
    deletion.request_own(password=PASSWORD, actor=actor, origin=origin)
    code = codes.mailed(MailKind.CANCEL_DELETION)
    let_pass(user)
    stay(code)
    assert not DelayedDeletion.objects.exists()
    assert not User.objects.get().is_active
    assert end(user, None).is_active


def test_a_deletion_is_not_put_off_for_whose_account_is_over(
    actor: UserPrincipal, origin: Origin, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AUTH_DELETION_DELAY = 3600
    confirm = confirmation.confirm_password

    def confirm_early(*args: Any, **kwargs: Any) -> User:
        confirmed = confirm(*args, **kwargs)
        let_pass(confirmed)
        return confirmed

    monkeypatch.setattr(confirmation, "confirm_password", confirm_early)
    with pytest.raises(AccountSuspended):
        deletion.request_own(password=PASSWORD, actor=actor, origin=origin)
    assert not DelayedDeletion.objects.exists()


def test_nobody_does_it_without_permission_or_to_themselves(user: User) -> None:
    reader, root = make_staff("accounts.view_user"), make_superuser()
    acts: list[Callable[[], object]] = [
        lambda: end_now(user, UserPrincipal(reader.pk, uuid4())),
        lambda: end_now(root, UserPrincipal(root.pk, uuid4())),
        lambda: end_now(root, UserPrincipal(make_staff("accounts.change_user").pk, uuid4())),
    ]
    for act in acts:
        with pytest.raises(PermissionDenied):
            act()
    assert not User.objects.filter(expires_at__isnull=False).exists()


@pytest.mark.parametrize("is_known", [True, False])
def test_nobody_and_whoever_is_being_deleted_are_not_found(user: User, is_known: bool) -> None:
    User.objects.update(deletion_requested_at=F("date_joined"))
    with pytest.raises(NotFound):
        expiry.set_expiry(user.pk if is_known else UUID(int=1), None, actor=OPERATOR, origin=Origin())


def test_a_stale_copy_takes_no_end_back(user: User) -> None:
    stale = User.objects.get()
    end_now(user)
    stale.first_name = "Ada"
    stale.save()
    assert User.objects.get().expires_at is not None
